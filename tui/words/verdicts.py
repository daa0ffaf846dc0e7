"""How each verdict looks and which key gives it: whatever shows verdicts, or takes them, has it from here.

The verdicts themselves are engine/domain/verdicts.py.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.verdicts import VERDICTS, Verdict


@dataclass(frozen=True, slots=True)
class VerdictLook:
    """One verdict on the screen."""

    glyph: str
    """The letter of the key that gives it: it teaches the key, and a tick on a false alarm would read as confirmed. Colour never
    stands alone.
    """
    name: str
    """The one word for it: beside the key, in lists, in sentences."""
    short: str
    """The name for narrow terminals."""
    key: str
    """Gives it in triage."""
    tooltip: str
    help: str
    """Behind the name in the help; "" where the name says enough."""
    style: str
    """Declarations of Textual's CSS; only theme variables."""


LOOKS = {
    Verdict.MALICIOUS.word: VerdictLook(
        glyph="M", name="malicious", short="malicious", key="m",
        tooltip="An attack", help="", style="color: $text-error; text-style: bold;",
    ),
    Verdict.BENIGN.word: VerdictLook(
        glyph="B", name="benign", short="benign", key="b",
        tooltip="Benign: odd, but expected here", help="odd but expected", style="color: $text-success;",
    ),
    Verdict.FALSE_POSITIVE.word: VerdictLook(
        glyph="F", name="false positive", short="false pos", key="f",
        tooltip="A false positive: not odd, the model was wrong", help="not odd at all", style="color: $text-success;",
    ),
    Verdict.UNDETERMINED.word: VerdictLook(
        glyph="O", name="undetermined", short="undeterm.", key="o",
        tooltip="Undetermined: looked at, cannot be told", help="looked at, cannot be told", style="color: $text-secondary;",
    ),
}  # fmt: skip

KEYS_OF: dict[str | None, str] = {word: look.key for word, look in LOOKS.items()} | {None: "del"}
"""The key of each verdict, by which its question names it."""


def verdict_glyph(verdict: str | None, unknown: str = " ") -> str:
    """One cell; blank for none."""
    look = LOOKS.get(verdict or "")
    return look.glyph if look else unknown


def keys_help() -> str:
    """**m** malicious, **b** benign (odd but expected), …"""
    return ", ".join(f"**{look.key}** {look.name}" + (f" ({look.help})" if look.help else "") for look in LOOKS.values())


def glyphs_help() -> str:
    """`M` malicious, `B` benign, …"""
    return ", ".join(f"`{look.glyph}` {look.name}" for look in LOOKS.values())


def counted(given: dict[str, int]) -> str:
    """31 malicious, 12 benign, 4 false positive; those that nobody gave are left out."""
    return ", ".join(f"{given[word]:,} {LOOKS[word].name}" for word in VERDICTS if given.get(word))
