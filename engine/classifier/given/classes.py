"""Known classes beside sequences: what columns of them are called, and what stands in them."""

from __future__ import annotations

import re

from engine.domain.verdicts import Verdict

_PLAIN = re.compile(r"[^a-z0-9]+")
LABELS = frozenset((
    "label", "labels", "class", "classes", "verdict", "target", "truth", "y", "abnormal", "isabnormal", Verdict.MALICIOUS.word,
    "ismalicious", "attack", "isattack", "anomaly", "isanomaly", "anomalous", "category", "isbad", "bad", "groundtruth",
))  # fmt: skip
TURNED = frozenset(("normal", "isnormal", Verdict.BENIGN.word, "isbenign"))
"""Columns of which a yes says normal."""
SEQUENCES = frozenset((
    "sequence", "sequences", "processsequence", "exenamesequence", "exesequence", "namesequence", "imagesequence", "chain",
    "chains", "processchain", "callchain", "steps", "lineage", "ancestry", "processlineage", "processtree", "names",
    "executables",
))  # fmt: skip
STEP = re.compile(r"(?:step|process|proc|exe|image|name|ancestor|level|depth|s|p)?(\d{1,4})\Z")
"""A column of one step, and its number."""
PLAINLY_ABNORMAL = frozenset((
    "abnormal", "attack", "anomaly", "anomalous", "suspicious", "1", "1.0", *(one.word for one in Verdict if one.malicious),
))  # fmt: skip
PLAINLY_NORMAL = frozenset((
    "normal", "legitimate", "background", "0", "0.0",
    *(one.word.replace("_", "") for one in Verdict if one.malicious is False),
))  # fmt: skip
"""Words that are no program's name, so that they are classes where no heading says so."""
ABNORMAL = PLAINLY_ABNORMAL | frozenset(("true", "yes", "y", "t", "bad", "evil", "positive"))
NORMAL = PLAINLY_NORMAL | frozenset(("false", "no", "n", "f", "good", "negative"))
YES_OR_NO = frozenset(("1", "1.0", "0", "0.0", "true", "yes", "y", "t", "false", "no", "n", "f"))
UNSAID = frozenset(("", "none", "nan", "null", "undetermined", "unknown", "na", "?", "-"))


class NoClass(ValueError):
    """The text is no class."""


def plain(text: str) -> str:
    """A heading or class without case, blanks and punctuation, but for the point of a number."""
    text = text.strip().lower()
    return text if text in UNSAID or text in {"0.0", "1.0"} else _PLAIN.sub("", text)


def class_of(value: object, heading: str = "") -> bool | None:
    """Whether it says abnormal; None where nothing is said. Raises NoClass."""
    if value is None:
        return None
    word = plain(str(value)[:100])
    if word in UNSAID:
        return None
    if word not in ABNORMAL and word not in NORMAL:
        raise NoClass(f"{str(value)[:40]!r} is no class; normal and abnormal are, 0 and 1, false and true")
    says = word in ABNORMAL
    # A column "benign" with "malicious" in it means what it says; only a yes or a no is about the heading.
    about = plain(heading) in TURNED and word in frozenset((
    "1", "1.0", "0", "0.0", "true", "yes", "y", "t", "false", "no", "n", "f",
))  # fmt: skip
    return not says if about else says


def is_plainly_a_class(text: str) -> bool:
    """Whether a cell that has no heading can be nothing but a class."""
    word = plain(text[:100])
    return word in PLAINLY_ABNORMAL or word in PLAINLY_NORMAL
