"""Writes the smallest GGUF model that llama.cpp's server treats as a real fill-in-the-middle model.

Its vocabulary is the 256 bytes and six control tokens, its weights are random (seeded), so its words are
noise; but tokens, streaming, cancelling, limits and errors are the real server's. About 80 KB, written in
well under a second.
"""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

CONTROL = (
    "<|endoftext|>",
    "<|fim_prefix|>",
    "<|fim_suffix|>",
    "<|fim_middle|>",
    "<|repo_name|>",
    "<|file_sep|>",
)
_FIM_KEYS = ("fim_pre", "fim_suf", "fim_mid", "fim_rep", "fim_sep")
_WIDTH = 32
_HIDDEN = 64


def make_model(path: Path, *, fim: bool = True, context: int = 8192) -> Path:
    """Write the model to `path`. Without `fim` it has no FIM tokens, so that `/infill` is refused with
    501."""
    writer = gguf.GGUFWriter(str(path), "qwen2")
    writer.add_name("noise-fim" if fim else "noise")
    writer.add_context_length(context)
    writer.add_embedding_length(_WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(_HIDDEN)
    writer.add_head_count(1)
    writer.add_head_count_kv(1)
    writer.add_rope_freq_base(10_000.0)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_file_type(0)
    control = CONTROL if fim else CONTROL[:1]
    _vocabulary(writer, control)
    _weights(writer, [*control, *range(256), None])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _vocabulary(writer: gguf.GGUFWriter, control: tuple[str, ...]) -> None:
    space = _visible(ord(" "))
    # One merge, since the loader refuses a BPE vocabulary without any.
    tokens = [*control, *map(_visible, range(256)), space + space]
    normal = len(tokens) - len(control)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.CONTROL] * len(control) + [gguf.TokenType.NORMAL] * normal)
    writer.add_token_merges([f"{space} {space}"])
    for add in (
        writer.add_bos_token_id,
        writer.add_eos_token_id,
        writer.add_pad_token_id,
        writer.add_eot_token_id,
    ):
        add(0)
    writer.add_add_bos_token(False)
    for number, key in enumerate(_FIM_KEYS[: len(control) - 1], 1):
        writer.add_uint32(f"tokenizer.ggml.{key}_token_id", number)


def _visible(byte: int) -> str:
    """The character by which byte-level BPE vocabularies write a byte: itself if it prints, else one above
    U+0100."""
    printing = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    if byte in printing:
        return chr(byte)
    return chr(0x100 + sum(1 for other in range(byte) if other not in printing))


def _weights(writer: gguf.GGUFWriter, tokens: list[object]) -> None:
    random = np.random.default_rng(7)

    def noise(name: str, *shape: int) -> None:
        writer.add_tensor(name, (random.standard_normal(shape) * 0.2).astype(np.float32))

    # The embeddings are the output weights too: short ones for all but letters make the noise readable.
    said = [
        1.0 if isinstance(token, int) and chr(token).isalpha() and token < 128 else 0.05 for token in tokens
    ]
    embeddings = random.standard_normal((len(tokens), _WIDTH)) * np.array(said)[:, None]

    def ones(name: str) -> None:
        writer.add_tensor(name, np.ones(_WIDTH, np.float32))

    writer.add_tensor("token_embd.weight", embeddings.astype(np.float32))
    ones("output_norm.weight")
    ones("blk.0.attn_norm.weight")
    ones("blk.0.ffn_norm.weight")
    for part in "qkv":
        noise(f"blk.0.attn_{part}.weight", _WIDTH, _WIDTH)
        noise(f"blk.0.attn_{part}.bias", _WIDTH)
    noise("blk.0.attn_output.weight", _WIDTH, _WIDTH)
    noise("blk.0.ffn_gate.weight", _HIDDEN, _WIDTH)
    noise("blk.0.ffn_up.weight", _HIDDEN, _WIDTH)
    noise("blk.0.ffn_down.weight", _WIDTH, _HIDDEN)
