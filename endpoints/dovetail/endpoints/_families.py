"""The templates that models were trained with to fill in the middle: one table.

A layout names its parts once each, `{prefix}`, `{suffix}`, `{path}`, `{language}`; they are filled in one pass, so
that user text is never read as a layout. The order of a layout is the order of training; where a family saw both
orders, `suffix_first` is the other one. `shapes` finds the control tokens of the family's vocabulary in user text
(see `_prompts.neutralise`).

Every control token here is one of the family's own vocabulary: a token that a vocabulary lacks is read as plain text,
which confuses the model and, as a stop string, never comes. A test holds the table against the added tokens of each
tokenizer. So the first StarCoder, StableCode and Granite 3 name files with `<filename>`, StarCoder 2 and CodeQwen with
`<file_sep>`, Granite 4 with `<|filename|>`.

Sources: the models' cards and tokenizer files; several files: Lozhkov et al. 2024 (StarCoder 2, section 5), the
CodeGemma report (Gemma team 2024), Mellum's card; for the two suffix-first layouts of families that are asked prefix
first by default: "SPM variant 2" in Bavarian et al. 2022 (StarCoder), Rozière et al. 2023 (Code Llama); aiXcoder:
its card ("SPM mode"); Refact: its makers' own client; Falcon-H1-Tiny-Coder: its makers' report. Where each vocabulary
was seen stands beside it in the tests.
"""

from __future__ import annotations

import re

from attrs import define, field

# What control tokens look like, rather than a list of them: a vocabulary has hundreds, and any of them in the
# user's text would act. The repeats are bounded so that a search stays linear.
_PIPES = r"<\|[A-Za-z][A-Za-z0-9_]{1,40}\|>"
_BARS = r"<｜[^｜<>\s]{1,40}｜>"


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


def _name_pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


@define(frozen=True, slots=True)
class Family:
    """How a family of models wants to be asked."""

    name: str
    layout: str
    """The prompt for one file."""
    stop: tuple[str, ...]
    """Where the answer ends: control tokens that some servers print as text."""
    shapes: re.Pattern[str] = field(converter=_pattern)
    """Finds this family's control tokens in user text."""
    models: re.Pattern[str] = field(converter=_name_pattern)
    """Finds the family by a model's name."""
    suffix_first: str | None = None
    """The layout in the other order, if the family was trained for both."""
    head: str = ""
    """Once before the other files; `{repo}` is the repository's name."""
    file: str = ""
    """For each other file: `{path}` and `{text}`. Empty: the family was not trained with several files."""
    current: str = ""
    """After the other files, before the layout: `{path}` of the document."""
    several: str | None = None
    """The layout behind other files, where it differs from that for one file."""
    context_before: str = ""
    """The part of the layout before which the other files stand; empty: before all of it."""

    @property
    def suffix_leads(self) -> bool:
        """Whether the suffix stands before the prefix in the layout."""
        return self.layout.index("{suffix}") < self.layout.index("{prefix}")

    @property
    def files(self) -> bool:
        """Whether other files can be shown to it."""
        return bool(self.file)


_FIM = "<|fim_prefix|>{prefix}<|fim_suffix|>{suffix}<|fim_middle|>"
_QWEN_STOP = (
    "<|endoftext|>", "<|file_sep|>", "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|fim_pad|>",
    "<|repo_name|>", "<|im_end|>", "<|im_start|>",
)  # fmt: skip
_STAR = "<fim_prefix>{prefix}<fim_suffix>{suffix}<fim_middle>"
_STAR_SPM = "<fim_prefix><fim_suffix>{suffix}<fim_middle>{prefix}"
_STAR_FIM = ("<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<fim_pad>")
_STAR_STOP = ("<|endoftext|>", "<filename>", "<reponame>", *_STAR_FIM)
_STAR2_STOP = ("<|endoftext|>", "<file_sep>", "<repo_name>", *_STAR_FIM)
_GLM_STOP = (
    "<|endoftext|>",
    "<|user|>",
    "<|assistant|>",
    "<|observation|>",
    "<|code_prefix|>",
    "<|code_suffix|>",
    "<|code_middle|>",
)
_STAR_SHAPES = (
    r"<\|endoftext\|>|<(?:fim_(?:prefix|suffix|middle|pad)|file_sep|filename|repo_name|reponame|gh_stars|"
    r"issue_\w{1,20}|jupyter_\w{1,20}|commit_\w{1,20}|empty_output|pr\w{0,20})>"
)

_TABLE = (
    Family(
        "qwen",
        _FIM,
        _QWEN_STOP,
        _PIPES,
        r"^(?!.*distill).*(?:qwen-?_?(?:2\.5|[3-9](?![\d.]*b)|coder)|nextcoder)",
        head="<|repo_name|>{repo}\n",
        file="<|file_sep|>{path}\n{text}\n",
        current="<|file_sep|>{path}\n",
    ),
    Family(
        "granite4",
        _FIM,
        (
            "<|end_of_text|>",
            "<|filename|>",
            "<|reponame|>",
            "<|fim_prefix|>",
            "<|fim_suffix|>",
            "<|fim_middle|>",
            "<|fim_pad|>",
            "<|start_of_role|>",
        ),
        _PIPES,
        r"granite-?_?(?:4|code-4)",
        head="<|reponame|>{repo}\n",
        file="<|filename|>{path}\n{text}\n",
        current="<|filename|>{path}\n",
    ),
    Family(
        "starcoder2",
        _STAR,
        _STAR2_STOP,
        _STAR_SHAPES,
        r"starcoder-?_?2",
        suffix_first=_STAR_SPM,
        head="<repo_name>{repo}",
        file="<file_sep>{path}\n{text}",
        current="<file_sep>",
        # Behind other files StarCoder 2 was trained with the path inside the prefix, after its FIM token.
        several="<fim_prefix>{path}\n{prefix}<fim_suffix>{suffix}<fim_middle>",
    ),
    Family(
        "starcoder",
        _STAR,
        _STAR_STOP,
        _STAR_SHAPES,
        r"starcoder|octocoder",
        suffix_first=_STAR_SPM,
        head="<reponame>{repo}\n",
        file="<filename>{path}\n{text}\n",
        current="<filename>{path}\n",
    ),
    Family(
        "santacoder",
        "<fim-prefix>{prefix}<fim-suffix>{suffix}<fim-middle>",
        ("<|endoftext|>", "<fim-prefix>", "<fim-suffix>", "<fim-middle>", "<fim-pad>"),
        r"<\|endoftext\|>|<fim-(?:prefix|suffix|middle|pad)>",
        r"santacoder",
    ),
    Family(
        "stablecode",
        _STAR,
        _STAR_STOP,
        _STAR_SHAPES,
        r"stable-?_?code",
        head="<reponame>{repo}\n",
        file="<filename>{path}\n{text}\n",
        current="<filename>{path}\n",
    ),
    Family(
        "codeqwen1.5",
        _STAR,
        ("<|endoftext|>", "<file_sep>", "<reponame>", *_STAR_FIM, "<|im_end|>", "<|im_start|>"),
        rf"{_PIPES}|{_STAR_SHAPES}",
        r"codeqwen(?:-?1\.5)?",
        head="<reponame>{repo}\n",
        file="<file_sep>{path}\n{text}\n",
        current="<file_sep>{path}\n",
    ),
    Family(
        "granite3",
        _STAR,
        (*_STAR_STOP, "<|end_of_text|>"),
        rf"<\|end_of_text\|>|{_STAR_SHAPES}",
        r"granite(?!-?_?(?:4|code-4)|.*(?:embed|guardian|vision|speech|docling|timeseries))",
        head="<reponame>{repo}\n",
        file="<filename>{path}\n{text}\n",
        current="<filename>{path}\n",
    ),
    Family(
        "deepseek",
        "<｜fim▁begin｜>{prefix}<｜fim▁hole｜>{suffix}<｜fim▁end｜>",
        (
            "<｜end▁of▁sentence｜>",
            "<|eos_token|>",
            "<｜fim▁begin｜>",
            "<｜fim▁hole｜>",
            "<｜fim▁end｜>",
            "<|EOT|>",
        ),
        rf"{_BARS}|<\|(?:eos_token|EOT)\|>",
        # The distilled ones are Qwen and Llama models; Ollama's short names of R1 mean them but for the largest.
        r"^(?!.*(?:distill|deepseek-r1:(?!671b)|-vl|ocr|math|-llm)).*deepseek",
        file="#{path}\n{text}\n",
        current="#{path}\n",
    ),
    Family(
        "codellama",
        "<PRE> {prefix} <SUF>{suffix} <MID>",
        ("<EOT>", "<PRE>", "<SUF>", "<MID>", "</s>"),
        r"<(?:PRE|SUF|MID|EOT|s|/s|unk)>",
        # 34B, 70B and the Python ones were not trained to fill in.
        r"^(?!.*(?:34b|70b|python)).*code-?_?llama",
        suffix_first="<PRE> <SUF>{suffix} <MID> {prefix}",
    ),
    Family(
        "codegemma",
        _FIM,
        (
            "<|file_separator|>",
            "<eos>",
            "<end_of_turn>",
            "<|fim_prefix|>",
            "<|fim_suffix|>",
            "<|fim_middle|>",
        ),
        rf"{_PIPES}|<(?:eos|bos|pad|unk|mask|start_of_turn|end_of_turn)>",
        r"code-?_?gemma",
        file="{path}\n{text}<|file_separator|>",
        current="{path}\n",
    ),
    Family(
        "codestral",
        "[SUFFIX]{suffix}[PREFIX]{prefix}",
        ("[PREFIX]", "[SUFFIX]", "[MIDDLE]", "\n+++++ ", "</s>"),
        r"(?m:^)\+{5} |</?s>|\[(?:PREFIX|SUFFIX|MIDDLE|/?INST|/?SYSTEM_PROMPT|TOOL_CALLS|"
        r"/?AVAILABLE_TOOLS|/?TOOL_RESULTS)\]",
        r"^(?!.*(?:mamba|embed)).*codestral",
        file="+++++ {path}\n{text}\n",
        current="+++++ {path}\n",
        context_before="{prefix}",
    ),
    Family(
        "seed-coder",
        "<[fim-suffix]>{suffix}<[fim-prefix]>{prefix}<[fim-middle]>",
        ("<[end▁of▁sentence]>", "<[fim-suffix]>", "<[fim-prefix]>", "<[fim-middle]>"),
        r"<\[[^\]<>\s]{1,40}\]>",
        r"seed-?_?coder",
    ),
    Family(
        "mercury",
        "<|file_sep|>{path}\n" + _FIM,
        ("<|endoftext|>", "<|file_sep|>", "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|im_end|>"),
        _PIPES,
        r"mercury",
        file="<|file_sep|>{path}\n{text}\n",
    ),
    Family(
        "codegeex4",
        "<|user|>\n###PATH:{path}\n###LANGUAGE:{language}\n###MODE:BLOCK\n"
        "<|code_suffix|>{suffix}<|code_prefix|>{prefix}<|code_middle|><|assistant|>\n",
        _GLM_STOP,
        _PIPES,
        r"codegeex-?_?4",
    ),
    Family(
        "glm4.5",
        "<|code_prefix|>{prefix}<|code_suffix|>{suffix}<|code_middle|>",
        _GLM_STOP,
        _PIPES,
        r"glm-?_?4\.[5-7]",
    ),
    Family(
        "mellum",
        "<fim_suffix>{suffix}<fim_prefix>{prefix}<fim_middle>",
        ("<|endoftext|>", "<filename>", "<reponame>", *_STAR_FIM),
        _STAR_SHAPES,
        r"mellum(?!-?_?2)",
        file="<filename>{path}\n{text}\n",
        current="<filename>{path}\n",
    ),
    Family(
        "refact",
        _STAR,
        ("<|endoftext|>", *_STAR_FIM),
        _STAR_SHAPES,
        r"refact-?_?1",
        suffix_first="<fim_suffix>{suffix}<fim_prefix>{prefix}<fim_middle>",
    ),
    Family(
        "falcon-h1-tiny",
        "<|prefix|>{prefix}<|suffix|>{suffix}<|middle|>",
        ("<|end_of_text|>", "<|prefix|>", "<|suffix|>", "<|middle|>"),
        _PIPES,
        r"falcon-?_?h1-?_?tiny-?_?coder",
    ),
    Family(
        "aixcoder",
        "▁<AIX-SPAN-PRE>▁<AIX-SPAN-POST>{suffix}▁<AIX-SPAN-MIDDLE>{prefix}",
        ("</s>", "▁<AIX-SPAN-PRE>", "▁<AIX-SPAN-POST>", "▁<AIX-SPAN-MIDDLE>"),
        r"<AIX-SPAN-(?:PRE|POST|MIDDLE)>|</?s>",
        r"aixcoder",
    ),
)

FAMILIES: dict[str, Family] = {family.name: family for family in _TABLE}

# The first that matches names the family, so the narrower names stand before the wider ones.
_BY_NAME = (
    "codeqwen1.5", "starcoder2", "granite4", "codellama", "codegemma", "codegeex4", "seed-coder",
    "santacoder", "stablecode", "mellum", "refact", "aixcoder", "deepseek", "qwen", "starcoder", "granite3",
    "codestral", "mercury", "glm4.5", "falcon-h1-tiny",
)  # fmt: skip


def family_of(model: str) -> str | None:
    """The family by a model's name or file name ("Qwen2.5-Coder-7B-Q8_0.gguf"), or None."""
    return next((name for name in _BY_NAME if FAMILIES[name].models.search(model)), None)


_NEXT_EDIT = _name_pattern(r"next-?_?edit|(?<![a-z])(?:zeta|instinct)(?![a-z])")


def next_edit_model(model: str) -> bool:
    """Whether a model's name says that it predicts the next edit (Sweep's, Zed's Zeta, Continue's Instinct), which is
    another task than filling in the middle."""
    return _NEXT_EDIT.search(model) is not None
