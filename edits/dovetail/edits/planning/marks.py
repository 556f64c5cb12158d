"""What a person should see of a plan before it is carried out, although every hunk of it fits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ..files import Workspace
from ..model import Op, Outcome
from .drafts import Task
from .plan import Asked, Mark, MarkKind, PlannedFile

_NAMES = re.compile(
    r"(?:conftest|sitecustomize|usercustomize|setup|noxfile|fabfile|wscript|sconstruct)(?:\.py)?|tasks\.py|"
    r".+\.pth|pyproject\.toml|setup\.cfg|tox\.ini|pytest\.ini|dovetail\.toml|"
    r"(?:gnu)?makefile|makefile\..+|.+\.mk|cmakelists\.txt|.+\.cmake|meson\.build|justfile|\.justfile|rakefile|"
    r"gemfile|podfile|brewfile|vagrantfile|procfile|jenkinsfile.*|taskfile\.ya?ml|build\.rs|build\.zig|"
    r".+\.gradle(?:\.kts)?|gradlew(?:\.bat)?|mvnw(?:\.cmd)?|pom\.xml|build\.xml|.+\.gemspec|package\.swift|mix\.exs|"
    r"(?:.+\.)?dockerfile|dockerfile\..+|containerfile|(?:docker-)?compose(?:\..+)?\.ya?ml|"
    r"package\.json|\.yarnrc(?:\.yml)?|\.pnpmfile\.c?js|deno\.jsonc?|bunfig\.toml|"
    r"(?:gulp|grunt)file\.[cm]?[jt]s|.+\.config\.[cm]?[jt]s|\.\w+rc\.[cm]?js|composer\.json|"
    r"\.pre-commit-config\.ya?ml|lefthook\.ya?ml|\.lefthook\.ya?ml|\.gitattributes|\.gitmodules|\.gitconfig|"
    r"\.(?:gitlab-ci|travis|drone|appveyor)\.ya?ml|appveyor\.yml|azure-pipelines.*\.ya?ml|bitbucket-pipelines\.yml|"
    r"\.(?:bash|zsh|ksh|csh|tcsh|sh|fish|input|vim|gvim|ex|nvim|nano|screen|tmux|gdb|lldb|pdb|irb|pry|curl|wget)rc|"
    r"\.(?:bash_profile|bash_login|bash_logout|bash_aliases|profile|zshenv|zprofile|zlogin|zlogout|login|xinitrc|"
    r"xprofile|gdbinit|lldbinit|pythonstartup|rprofile|emacs|nvim\.lua|vimrc\.lua|exrc|dir-locals\.el|tmux\.conf|"
    r"envrc|bazelrc|rspec|mailcap)|bashrc|zshrc|vimrc|init\.(?:lua|vim|el)|build\.bazel|workspace(?:\.bazel)?|"
    r"module\.bazel|flake\.nix|shell\.nix|default\.nix|devcontainer\.json|authorized_keys|crontab|.+\.desktop|"
    r".+\.service|.+\.plist|configure|autogen\.sh|.+\.code-workspace|.+\.bat|.+\.cmd|.+\.ps1",
    re.IGNORECASE,
)
"""Files that a tool, a shell or an editor runs, or takes commands from, without being asked to."""
_FOLDERS = re.compile(
    r"\.(?:github|gitlab|circleci|buildkite|woodpecker|forgejo|gitea|teamcity|husky|githooks|venv|tox|nox|vscode|"
    r"idea|zed|nvim|vim|helix|fleet|devcontainer|cargo|mvn|config|claude|codex|cursor|gemini|continue|devbox|direnv|"
    r"local|yarn|gradle)|venv|node_modules|__pypackages__|site-packages",
    re.IGNORECASE,
)
"""Folders whose files are run or taken for settings by tools."""
_NO_MARK_IN = re.compile(
    r"\.github/(?:.+/)?(?:issue_template|pull_request_template)\b|\.github/[\w.-]+\.md\Z", re.IGNORECASE
)


def runs_code(path: str) -> bool:
    """Whether a file at this path is run, or configures what is run, by tools that nobody asks."""
    *folders, name = path.split("/")
    if _NO_MARK_IN.match(path):
        return False
    return bool(_NAMES.fullmatch(name)) or any(_FOLDERS.fullmatch(folder) for folder in folders)


def marks_of(
    files: Sequence[PlannedFile],
    tasks: Iterable[Task],
    outcomes: Sequence[Outcome],
    workspace: Workspace,
    asked: Asked | None,
) -> tuple[Mark, ...]:
    """The marks of a plan, by file."""
    unquoted = {_path_of(outcomes, task.index) for task in tasks if _deletes_unseen(task)}
    marks: list[Mark] = []
    for file in files:
        # Both names of a rename: what is moved to `.envrc` runs there.
        paths = [file.path] + ([file.new_path] if file.new_path else [])
        if any(runs_code(path) for path in paths) and file.op is not Op.DELETE:
            words = f"{paths[-1]} runs code or configures tools: look at it before it is used"
            marks.append(Mark(file.path, MarkKind.RUNS_CODE, words))
        elif file.executable and not (file.state is not None and file.state.executable):
            marks.append(Mark(file.path, MarkKind.RUNS_CODE, f"{paths[-1]} becomes executable"))
        # A deletion is no surprise where the model was shown the text, or quotes it.
        unseen = file.op is Op.DELETE and file.path in unquoted and bool((file.before or "").strip())
        if unseen and not workspace.was_shown(file.path, file.before or ""):
            words = f"{file.path} is deleted, and the reply does not quote what it holds"
            marks.append(Mark(file.path, MarkKind.DELETES_UNSEEN, words))
        # What was asked is not known for a diff from a file or the clipboard: then nothing is unasked for.
        wanted = asked is None or file.path in asked.paths or (asked.new_files and file.op is Op.CREATE)
        if not wanted:
            words = f"{file.path} was not part of the request"
            marks.append(Mark(file.path, MarkKind.NOT_ASKED, words))
    return tuple(marks)


def _deletes_unseen(task: Task) -> bool:
    return task.change.op is Op.DELETE and not task.hunk.readings


def _path_of(outcomes: Sequence[Outcome], index: int) -> str:
    """The file that a hunk came to be about."""
    return next((outcome.path for outcome in outcomes if outcome.index == index), "")
