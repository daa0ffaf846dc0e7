"""What labels made of the queue, in words: of one chain, of one more verdict, of what is left to find."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.untrusted import visible
from store.base.views import LearntPlace
from tui.words.verdicts import counted
from tui.words.words import many

if TYPE_CHECKING:
    from store.learnt.changes import LearntChange

UP, DOWN, OUT = "↑", "↓", "×"
_, _, RAISED_SHAPE, LOWERED_SHAPE, SUPPRESSED_SHAPE, SUPPRESSED_REMEMBERED, RAISED, LOWERED = range(8)
"""engine.verdicts.queue.Effect as the store hands it out; a test compares."""
GLYPHS = {
    RAISED_SHAPE: UP, RAISED: UP, LOWERED_SHAPE: DOWN, LOWERED: DOWN, SUPPRESSED_SHAPE: OUT, SUPPRESSED_REMEMBERED: OUT,
}  # fmt: skip


def percent(value: float | None) -> str:
    """A probability in three or four cells: 87%, <1%, >99%."""
    if value is None:
        return ""
    return "<1%" if value < 0.005 else ">99%" if value > 0.995 else f"{value:.0%}"


def chance_words(place: LearntPlace) -> str:
    """The learners' word on one chain; "" while they are silent."""
    return "" if place.probability is None else f"malicious {percent(place.probability)}"


def each_words(place: LearntPlace) -> str:
    """Where each learner by itself would put it, as a share of the queue; "" where nothing was learnt. No probabilities: there is
    one, which weighs the detector and both of them.
    """
    if place.instant is None:
        return ""
    told = f"your verdicts: above {percent(place.instant)} of the queue"
    return told if place.sequence is None else f"{told}, the LSTM: above {percent(place.sequence)}"


def why_words(place: LearntPlace, cause: str = "") -> str:
    """Why a chain stands where it stands; `cause` names the labelled chain behind it."""
    other = cause or f"#{place.cause:,}"
    return {
        RAISED_SHAPE: f"{UP} raised: same shape as {other}, which is malicious",
        LOWERED_SHAPE: f"{DOWN} lowered: same shape as {other}, which is benign",
        SUPPRESSED_SHAPE: f"{OUT} put aside: same shape as {other}, a false positive",
        SUPPRESSED_REMEMBERED: f"{OUT} put aside: its shape is a false positive of {visible(place.origin) or 'another case'}",
        RAISED: f"{UP} raised by what your verdicts have in common",
        LOWERED: f"{DOWN} lowered by what your verdicts have in common",
    }.get(place.effect, "")


def change_words(change: LearntChange | None) -> str:
    """What one more verdict (or one less) did: 5 out, 3 up, 12 down, same shape as #12. "" where there is nothing to tell."""
    if change is None:
        return ""
    told = [
        f"{count:,} {word}"
        for count, word in (
            (change.out, f"{OUT} out"), (change.back, "back in"), (change.up, f"{UP} up"), (change.down, f"{DOWN} down"),
            (change.released, "as before"),
        )
        if count
    ]  # fmt: skip
    if not told:
        return "nothing else moved"
    return ", ".join(told) + (f"; same shape as #{change.cause:,}" if change.cause else "")


def stop_words(metrics: Mapping[str, Any]) -> str:
    """How many malicious chains may be left, with the interval; "" where nothing can be said."""
    stop = metrics.get("stop")
    if not isinstance(stop, Mapping) or not all(isinstance(stop.get(name), int | float) for name in ("left", "low", "high")):
        return ""
    if stop.get("vague") is True:
        return f"{stop['low']:,.0f}–{stop['high']:,.0f} malicious left: too few verdicts to say more"
    return f"~{stop['left']:,.0f} malicious left ({stop['low']:,.0f}–{stop['high']:,.0f})"


def labels_words(metrics: Mapping[str, Any]) -> str:
    """31 malicious, 12 benign, 4 false positive."""
    given = metrics.get("labels")
    if not isinstance(given, Mapping):
        return ""
    return counted({str(name): int(number) for name, number in given.items()})


def moved_words(up: int, down: int, out: int) -> str:
    """All that labels did together."""
    return f"{many(up, 'chain', 'chains')} raised, {down:,} lowered, {out:,} put aside"


def retired_words(before: str | None, after: str | None) -> str:
    """What a change of verdicts did to the classifier in use; "" for nothing."""
    if before == after:
        return ""
    if before is None:
        return f"Classifier {after}, which these verdicts taught, is in use again."
    now = f"{after} is in use again" if after is not None else "none is in use"
    return f"Classifier {before} was taught with verdicts that do not hold any more: {now}."
