"""One sequence as a person or a program writes it: systemd -> httpd -> bash, ['bash', 'httpd', 'systemd'], systemd,httpd,bash.

Nothing is evaluated. What is no sequence raises NotASequence with the reason.
"""

from __future__ import annotations

import re

from engine.readers.tables.sequence_text import MAX_ITEMS, NotASequence, parse_sequence

_ARROWS = re.compile(r"->|→")
_QUOTES = ("'", '"')
LONGEST = 1 << 20
"""Characters of a sequence."""


def steps_of(text: str) -> tuple[str, ...]:
    """The steps in the order in which they are written; at least one, none of them empty.

    A list in brackets; else divided by arrows (`->`, `→`), without any by `>`, without any by commas. Raises NotASequence.
    """
    text = unquoted(text.strip())
    if len(text) > LONGEST:
        raise NotASequence(f"it has over {LONGEST:,} characters")
    if text.startswith("["):
        found, end = parse_sequence(text)
        if text[end:].strip():
            raise NotASequence(f"something stands behind the list, at {end}")
        return checked(found)
    divider = next((one for one in (_ARROWS, re.compile(">"), re.compile(",")) if one.search(text)), None)
    return checked([text] if divider is None else [unquoted(part.strip()) for part in divider.split(text)])


def checked(steps: list[str]) -> tuple[str, ...]:
    """Steps without blanks around them. Raises NotASequence for none, too many, or an empty one."""
    if len(steps) > MAX_ITEMS:
        raise NotASequence(f"more than {MAX_ITEMS:,} steps")
    bare = tuple(step.strip() for step in steps)
    if not any(bare):
        raise NotASequence("it has no step")
    if "" in bare:
        raise NotASequence(f"step {bare.index('') + 1} is empty")
    return bare


def is_divided(text: str) -> bool:
    """Whether a text is plainly a sequence by itself: a list, or names between arrows."""
    text = unquoted(text.strip())
    return text.startswith("[") or _ARROWS.search(text) is not None or ">" in text


def unquoted(text: str) -> str:
    """Without the quotes around it, where there are some and none within."""
    if len(text) > 1 and text[0] in _QUOTES and text[-1] == text[0] and text[0] not in text[1:-1]:
        return text[1:-1].strip()
    return text
