"""Rules of a folder as conditions that can be run. Files are read in a process of its own, which is ended when one takes long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec

import orjson

from engine.domain.marks import RuleMark
from engine.errors import InputError, UsageError
from engine.progress import Run, Step
from engine.readers.crew.hand import PART, TASK, Hand
from engine.sigma.folder import RuleFolder
from engine.sigma.rules import ConvertedRule, RuleLeft, WhyLeft

SECONDS = 10.0
"""That a file may take; one of SigmaHQ's takes some thousandths."""
START_SECONDS = 120.0
"""That importing the libraries may take, on a machine that is busy."""
LOOK_SECONDS = 0.2
MEMORY = 2 << 30
"""Bytes of the process that reads."""
MODULE = "engine.sigma.converting"
Matcher = Callable[[str], Callable[[str], object]]
"""An expression -> what looks for it in a text; truthy where it is found. Raises ValueError for one that it does not know."""


def check_installed() -> None:
    """Raises UsageError, with what to do, where the extra is not there."""
    if any(map(_missing, ("sigma.collection", "sigma.backends.sqlite", "re2", "yaml"))):
        raise UsageError(
            "Running Sigma rules needs pySigma and its SQLite backend, which are not installed.",
            remedy='Install them: pip install "oddkin[sigma]"',
        )


def _missing(module: str) -> bool:
    try:
        return find_spec(module) is None
    except ModuleNotFoundError:
        return True


def linear(expression: str) -> Callable[[str], object]:
    """An expression of a rule, for RE2: in time that grows with the text and no faster, whoever wrote either."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(expression, options).search  # type: ignore[no-any-return]
    except re2.error as error:
        raise ValueError(str(error)) from None


def converted(
    folder: RuleFolder, run: Run, *, module: str = MODULE, seconds: float = SECONDS, first: float = START_SECONDS
) -> Iterator[ConvertedRule | RuleLeft]:
    """Every rule, files by name. Raises Cancelled."""
    asked = _Asked(module, seconds, first, run)
    try:
        for number, (name, content) in enumerate(folder.files(), start=1):
            run.raise_if_cancelled()
            if isinstance(content, InputError):
                yield RuleLeft(name, "", WhyLeft.UNREADABLE, content.message)
            else:
                yield from asked.rules(name, content)
            run.report(Step("read rules", number, len(folder.names), "files", name, last=number == len(folder.names)))
    finally:
        asked.close()


class _Asked:
    """The process, started when there is something to ask, and anew after it was ended."""

    def __init__(self, module: str, seconds: float, first: float, run: Run) -> None:
        self._module, self._seconds, self._first, self._run = module, seconds, first, run
        self._hand: Hand | None = None

    def rules(self, name: str, content: bytes) -> list[ConvertedRule | RuleLeft]:
        """Of one file."""
        try:
            if self._hand is None:
                self._hand = Hand()
                self._hand.ask(TASK, 0, f"{self._module}\n{MEMORY}".encode())
                self._answer(b"", self._first)
            answer = self._answer(content, self._seconds)
        except EOFError as ended:
            return [RuleLeft(name, "", WhyLeft.FAILED, str(ended))]
        except TimeoutError as late:
            return [RuleLeft(name, "", WhyLeft.SLOW, str(late))]
        return [read(name, one) for one in orjson.loads(answer)]

    def _answer(self, content: bytes, patience: float) -> bytes:
        """Raises TimeoutError and EOFError, with what to say of it; the process is then gone."""
        assert self._hand is not None
        self._hand.ask(PART, 0, content)
        begun = time.monotonic()
        while True:
            self._run.raise_if_cancelled()
            try:
                found = self._hand.answer(LOOK_SECONDS)
            except EOFError:
                how = self._hand.how_it_ended()
                self.close()
                raise EOFError(f"The process that read it ended ({how}).") from None
            if found is not None:
                return found[1]
            if time.monotonic() - begun > patience:
                self.close()
                raise TimeoutError(f"It was not read in {patience:,.0f} seconds.")

    def close(self) -> None:
        """End the process."""
        hand, self._hand = self._hand, None
        if hand is not None:
            hand.close()


def read(file: str, told: dict[str, object]) -> ConvertedRule | RuleLeft:
    """What engine.sigma.converting says of a rule."""
    if "left" in told:
        return RuleLeft(file, str(told["title"]), WhyLeft(str(told["left"])), str(told["detail"]))
    mark = RuleMark(str(told["title"]), str(told["level"]), str(told["rule"]), _texts(told["techniques"]))
    return ConvertedRule(file, mark, str(told["system"]), _texts(told["fields"]), _texts(told["queries"]))


def _texts(values: object) -> tuple[str, ...]:
    assert isinstance(values, list)
    return tuple(map(str, values))
