"""Damage to one record of a sound log of every format there is, in every form that its records come in.

As `attack_readers`, for the samples of `tests.robustness.samples`: each kind of record as lines, as an array, pretty and as a
table, and each text. A family of formats is an attack of its own, so that it can be run for as long as is wanted.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from copy import deepcopy
from functools import cache, partial
from pathlib import Path
from random import Random
from time import process_time

from tests.robustness.attack import FAILED, LOG, Attack, Report
from tests.robustness.attack_readers import DAMAGES, mutate, outcome
from tests.robustness.samples.all_samples import all_samples
from tests.robustness.samples.sample import TABLE, TEXT, Log, Made, logs_of

COUNT = 20
_EMPTY = re.compile(rb"\[\s*\]|null|\{\s*\}")
FAMILIES = ("windows", "linux", "json", "tables")
Change = Callable[[Log, Random], tuple[str, int, int, bytes]]
_ALONE, _NONE = 0, -1
"""Records that damage may cost: that one; none."""


@cache
def logs(family: str, slug: str = "") -> tuple[Log, ...]:
    """Sound logs of a family; of all for "". Of one format, or of each."""
    of_family = (sample for sample in all_samples() if family in ("", sample.family))
    return tuple(log for sample in of_family if slug in ("", sample.slug) for log in logs_of(sample, COUNT))


def formats(family: str) -> tuple[str, ...]:
    """Slugs of a family's formats; of all for ""."""
    return tuple(dict.fromkeys(sample.slug for sample in all_samples() if family in ("", sample.family)))


def _mutated(log: Log, made: Made, rng: Random) -> bytes:
    changed = deepcopy(made)
    for _ in range(rng.choice((1, 1, 1, 3))):
        target = rng.choice(changed) if isinstance(changed, list) else changed
        if target:
            mutate(target, rng)
    return log.encoded(changed)


def damaged(log: Log, rng: Random) -> tuple[str, int, int, bytes]:
    """What was done, to which record, how far from it records may be lost, and the log."""
    at = rng.choice((0, 1, rng.randrange(COUNT), COUNT - 1))
    records = list(log.seed.records)
    # A row over many lines is no row any more once a quote is lost: nobody can tell where the next one begins.
    lines = log.form == TABLE and b"\n" in records[at].strip()
    kinds = [] if lines else [*(kind for kind in DAMAGES if kind != "field"), "interleaved"]
    if lines:
        kinds = ["field", "another event"] if log.sample.others else ["field"]
    elif log.form != TEXT:
        kinds = [*kinds, *["field"] * len(kinds), *["another event"] * (4 if log.sample.others else 0)]
    kind = rng.choice(kinds)
    if kind == "field":
        records[at] = _mutated(log, log.made[at], rng)
        return kind, at, _ALONE, log.seed.data(records)
    if kind == "another event":
        records.insert(at, _mutated(log, rng.choice(log.sample.others), rng))
        return kind, at, _NONE, log.seed.data(records)
    if kind == "interleaved" and at + 1 < COUNT:
        half = rng.randrange(len(records[at]))
        records[at : at + 2] = [records[at][:half], records[at + 1], records[at][half:]]
    elif kind == "cut":  # what is left of it shows that there was something
        records[at] = records[at][: rng.randrange(len(records[at]) // 3, len(records[at]))]
    elif kind != "interleaved":
        records[at] = DAMAGES[kind](records[at], rng)
    return kind, at, 1, log.seed.data(records)


def _crlf(data: bytes) -> bytes:
    return data if b"\r" in data else data.replace(b"\n", b"\r\n")


WRITTEN: dict[str, Callable[[bytes], bytes]] = {
    "UTF-8 with a mark": lambda data: codecs.BOM_UTF8 + data,
    "UTF-16": lambda data: data.decode().encode("utf-16"),
    "UTF-16, big end first": lambda data: codecs.BOM_UTF16_BE + data.decode().encode("utf-16-be"),
    "UTF-16 without a mark": lambda data: data.decode().encode("utf-16-le"),
    "line ends of Windows": _crlf,
    "blank lines first": lambda data: b"\n\n" + data,
    "without the last line end": lambda data: data.rstrip(b"\r\n"),
    "twice, a mark between": lambda data: data + codecs.BOM_UTF8 + data,
    "zeros behind": lambda data: data + bytes(4_096),
}


def _rewritten(log: Log, rng: Random) -> tuple[str, int, int, bytes]:
    """The sound log as another program would write it: nothing may be lost."""
    kind = rng.choice(list(WRITTEN))
    return kind, 0, _NONE, WRITTEN[kind](log.seed.data())


def _run(family: str, change: Change, folder: Path, seed: int, rounds: int, only: str = "", seconds: float = 0.0) -> Report:
    """Each format has the same share of the rounds, and goes on until it has had its CPU seconds. A round is known by seed,
    format and number, however many others there are.
    """
    report = Report()
    asked = (only,) if only else formats(family)
    for at, slug in enumerate(asked):
        share = rounds // len(asked) + (at < rounds % len(asked))
        number, spent = 0, 0.0
        while number < share or spent < seconds:
            spent += _round(report, family, change, folder / "log", f"{seed} {family} {slug} {number}", logs(family, slug))
            number += 1
        report.rounds += number
        LOG.info("%s: %d rounds, %.0f s", slug, number, spent)
    return report


def _round(report: Report, family: str, change: Change, path: Path, name: str, known: tuple[Log, ...]) -> float:
    """CPU seconds it took."""
    started = process_time()
    rng = Random(name)
    log = rng.choice(known)
    kind, at, near, data = change(log, rng)
    path.write_bytes(data)
    try:
        came, failure = outcome(log.seed, at, path, near, COUNT)
    except Exception as error:
        came, failure = "traceback", repr(error)
    if came == "lost alone" and kind == "field" and _EMPTY.search(data) is not None:
        failure = ""  # an envelope without records is none: there is nothing to tell
    row = log.sample.slug if family else kind
    report.count(row, f"{FAILED}: {came}" if failure else came)
    if failure:
        report.fail(f"round {name!r}: {log.name}, {kind} in record {at}: {came}: {failure[:300]}")
    spent = process_time() - started
    report.seconds[row] = report.seconds.get(row, 0.0) + spent
    return spent


def _about(family: str) -> str:
    return (
        f"Samples of every format ({family}), as lines, as an array, pretty and as a table, {COUNT} records each. Of one, fields "
        "are dropped, retyped, nested, listed, doubled, made huge or no number: it may cost that record. Or it is cut, doubled, "
        "interleaved, broken, its quotes lost, as in `readers`: it may cost the neighbours, too. Or an end or another event is "
        "put in: nothing is lost."
    )


ATTACKS = (
    *(
        Attack(f"mappers-{one}", _about(one), partial(_run, one, damaged), short=300, long=30_000, formats=formats(one))
        for one in FAMILIES
    ),
    Attack(
        "mappers-text",
        "The samples of every format in the encodings and with the line ends that programs write: nothing is lost.",
        partial(_run, "", _rewritten),
        short=500,
        long=20_000,
        formats=formats(""),
    ),
)
