"""A pytest plugin that plants mutants in its own process, each in a fork of a session that has collected its tests.

Importing and collecting cost seconds, most tests milliseconds: a fork has all of that already. In it the code of the
changed functions is exchanged in place, wherever they are referred to, and the tests that reach the changed line run,
the quickest first, until one fails. A change outside of functions (a constant, a pattern, a class body) needs a fresh
interpreter. The changed file is written to the clone as well, for tests that start processes.
"""

from __future__ import annotations

import functools
import gc
import json
import os
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

TESTS = (
    "tests/edits",
    "tests/privacy",
    "tests/fim/engine",
    "tests/attacks/test_edits_paths.py",
    "tests/attacks/test_privacy_chat.py",
    "tests/attacks/test_privacy_files.py",
    "tests/faults/test_edits_journal.py",
)
CPU_S = 5.0
"""CPU seconds that a test may take beyond 20 times what it takes as things are; then it counts as hanging."""
LIMIT_S = 1800.0
FUNCTION = 0x1
"""`inspect.CO_OPTIMIZED`: the code of a function, not of a module or a class."""


def exchanged(old: CodeType, new: CodeType) -> dict[tuple[str, int], CodeType] | None:
    """The functions whose code differs, by name and line; None where something differs outside of functions."""
    found: dict[tuple[str, int], CodeType] = {}
    inner_old = [value for value in old.co_consts if isinstance(value, CodeType)]
    inner_new = [value for value in new.co_consts if isinstance(value, CodeType)]
    rest_old = [repr(value) for value in old.co_consts if not isinstance(value, CodeType)]
    rest_new = [repr(value) for value in new.co_consts if not isinstance(value, CodeType)]
    same = (old.co_code, old.co_names, rest_old) == (new.co_code, new.co_names, rest_new)
    if len(inner_old) != len(inner_new):
        same = False
    if not same and not old.co_flags & FUNCTION:
        return None
    if old.co_flags & FUNCTION and old != new:
        found[old.co_qualname, old.co_firstlineno] = new
    for one, other in zip(inner_old, inner_new, strict=False):
        inner = exchanged(one, other)
        if inner is None:
            return None
        found |= inner
    return found


def plant(path: Path, original: str, changed: str) -> bool:
    """Exchange the code of the live functions of a file; False where that is not possible."""
    name = str(path)
    codes = exchanged(compile(original, name, "exec"), compile(changed, name, "exec"))
    if not codes:
        return False
    done = set()
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and thing.__code__.co_filename == name:
            key = thing.__code__.co_qualname, thing.__code__.co_firstlineno
            if (new := codes.get(key)) is not None:
                if len(new.co_freevars) != len(thing.__code__.co_freevars):
                    return False
                thing.__code__ = new
                done.add(key)
        elif isinstance(thing, functools._lru_cache_wrapper):
            thing.cache_clear()
    # A function inside another one is made anew by it, so the outermost ones must have been found.
    return all(
        any(name == key[0] or name.startswith(f"{key[0]}.<locals>") for key in done) for name, _ in codes
    )


def reaching(lines: dict[str, dict[str, list[str]]], mutant: dict[str, Any]) -> set[str]:
    """The tests that reach a mutant's line. What runs while modules are imported is in no test's coverage, nor is the
    second line of an expression: then all that reach its file."""
    covered = lines.get(mutant["file"], {})
    return set(covered.get(str(mutant["line"])) or covered.get("any", ()))


class Session:
    """One pytest session with its tests collected."""

    def __init__(self, session: pytest.Session) -> None:
        self.session = session
        settings = json.loads(os.environ["MUTANTS"])
        self.folder = Path(settings["folder"])
        self.share, self.jobs, self.only = settings["share"], settings["jobs"], settings["only"]
        self.budget: float = settings["budget"]
        self.place = Path.cwd()
        self.items = {item.nodeid: item for item in session.items}

    def run(self, names: list[str], before: Any = None, after: Any = None, stop: bool = True) -> None:
        """Run tests in this process."""
        for number, name in enumerate(names):
            item = self.items[name]
            following = self.items[names[number + 1]] if number + 1 < len(names) else None
            if before:
                before(name)
            began = time.process_time()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if after:
                after(name, time.process_time() - began)
            if stop and self.session.testsfailed:
                return

    def covers(self) -> None:
        """Run a share of the test files as things are, each once; write which mutants each test reaches, how long it
        takes, and which fail: those judge nothing."""
        import coverage

        mutants = json.loads((self.folder / "mutants.json").read_text(encoding="utf-8"))
        wanted: dict[str, set[int]] = {}
        for mutant in mutants:
            wanted.setdefault(mutant["file"], set()).add(mutant["line"])
        by_file: dict[str, list[str]] = {}
        for name in self.items:
            by_file.setdefault(name.partition("::")[0], []).append(name)
        for number, (file, names) in enumerate(sorted(by_file.items())):
            if number % self.jobs != self.share or self.kept(file).exists():
                continue
            measure = coverage.Coverage(
                data_file=None, include=[str(self.place / name) for name in wanted], branch=False
            )
            took: dict[str, float] = {}
            failed: list[str] = []
            failures = self.session.testsfailed

            def done(
                name: str, seconds: float, took: Any = took, failed: Any = failed, before: int = failures
            ) -> None:
                took[name] = round(seconds, 4)
                if self.session.testsfailed > before + len(failed):
                    failed.append(name)

            measure.start()
            self.run(names, measure.switch_context, done, stop=False)
            measure.stop()
            data = measure.get_data()
            reached: dict[str, dict[str, list[str]]] = {}
            for path in data.measured_files():
                mine = Path(path).relative_to(self.place).as_posix()
                lines = data.contexts_by_lineno(path)
                # Of other lines only that the file was reached is of use (see `reaching`).
                reached[mine] = {
                    str(line): [name for name in lines[line] if name] for line in wanted[mine] & lines.keys()
                }
                reached[mine]["any"] = sorted({name for some in lines.values() for name in some if name})
            found = json.dumps({"took": took, "lines": reached, "failed": failed})
            self.kept(file).write_text(found, encoding="utf-8")

    def kept(self, file: str) -> Path:
        """Where the coverage of a test file is kept, under the digest of its text."""
        digest = sha256((self.place / file).read_bytes()).hexdigest()[:12]
        return self.folder / "covers" / f"{Path(file).stem}-{digest}.json"

    def mutants(self) -> None:
        """Judge this worker's share."""
        took: dict[str, float] = {}
        lines: dict[str, dict[str, list[str]]] = {}
        for file in {name.partition("::")[0] for name in self.items}:
            covers = json.loads(self.kept(file).read_text(encoding="utf-8"))
            took |= {name: cost for name, cost in covers["took"].items() if name not in covers["failed"]}
            for source, tests in covers["lines"].items():
                for line, names in tests.items():
                    lines.setdefault(source, {}).setdefault(line, []).extend(names)
        known = set()
        for path in self.folder.glob("results*.jsonl"):
            known |= {json.loads(line)["number"] for line in path.read_text(encoding="utf-8").splitlines()}
        mutants = json.loads((self.folder / "mutants.json").read_text(encoding="utf-8"))
        for mutant in mutants:
            if mutant["number"] % self.jobs != self.share or mutant["number"] in known:
                continue
            order = [name for name in reaching(lines, mutant) if name in took and name in self.items]
            order.sort(key=lambda name: (took[name], name))
            spent, within = 0.0, []
            for name in order:
                spent += took[name]
                if within and spent > self.budget:
                    break
                within.append(name)
            began = time.monotonic()
            outcome, how = self.judged(mutant, within, took)
            result = {key: value for key, value in mutant.items() if key != "text"}
            result |= {"outcome": outcome, "how": how, "tests": len(within), "reaching": len(order)}
            result["seconds"] = round(time.monotonic() - began, 1)
            with open(self.folder / f"results{self.share}.jsonl", "a", encoding="utf-8") as stream:
                stream.write(json.dumps(result) + "\n")

    def judged(self, mutant: dict[str, Any], order: list[str], took: dict[str, float]) -> tuple[str, str]:
        """Whether the tests in `order` notice a mutant, and how it was planted."""
        path = self.place / mutant["file"]
        original = path.read_text(encoding="utf-8")
        path.write_text(mutant["text"], encoding="utf-8")
        try:
            child = os.fork()
            if child == 0:
                os.setpgid(0, 0)
                try:
                    self.child(path, original, mutant["text"], order, took)
                finally:
                    os._exit(1)
            code = waited(child)
            if code != 3:
                return ("survived" if code == 0 else "killed"), "exchanged"
            return self.fresh(order)
        finally:
            path.write_text(original, encoding="utf-8")

    def child(
        self, path: Path, original: str, changed: str, order: list[str], took: dict[str, float]
    ) -> None:
        if not plant(path, original, changed):
            os._exit(3)

        def clock(name: str) -> None:
            signal.setitimer(signal.ITIMER_VIRTUAL, CPU_S + 20 * took[name])

        self.run(order, clock)
        os._exit(1 if self.session.testsfailed else 0)

    def fresh(self, order: list[str]) -> tuple[str, str]:
        arguments = self.folder / f"arguments{self.share}"
        arguments.write_text("\n".join(order), encoding="utf-8")
        done = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=1",
             f"--basetemp={self.folder / f'fresh{self.share}'}", f"@{arguments}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            code = done.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            os.killpg(done.pid, signal.SIGKILL)
            code = done.wait()
        return ("survived" if code == 0 else "killed"), "fresh"


def waited(child: int) -> int:
    """The exit code of a fork, whose processes are ended with it; not 0 where it took too long."""
    until = time.monotonic() + LIMIT_S
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended or time.monotonic() > until:
            try:
                os.killpg(child, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass
            if not ended:
                os.waitpid(child, 0)
                return 1
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)


def pytest_runtestloop(session: pytest.Session) -> bool:
    """In place of pytest's own loop."""
    if session.testsfailed:
        raise session.Interrupted("errors while the tests were collected")
    work = Session(session)
    if work.only == "covers":
        work.covers()
    else:
        work.mutants()
    return True
