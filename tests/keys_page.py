"""`python -m tests.keys_page`: writes docs/keys.md from the bindings and the one table of keys."""

from __future__ import annotations

from pathlib import Path

from textual.binding import Binding

from tui.app.app import OddkinApp
from tui.app.keymap import bindings_of
from tui.runtime.keys import MEANINGS
from tui.screens.base import TITLES

PAGE = Path(__file__).resolve().parent.parent / "docs" / "keys.md"
NAMES = {
    "full_stop": ".", "comma": ",", "slash": "/", "backslash": "\\", "colon": ":", "question_mark": "?", "asterisk": "*",
    "number_sign": "#", "left_square_bracket": "[", "right_square_bracket": "]", "escape": "esc", "delete": "del",
    "down": "↓", "up": "↑", "left": "←", "right": "→",
}  # fmt: skip
HEAD = """# Keys

Made by `python -m tests.keys_page` from the bindings themselves. A key means one thing on all screens; `?` lists those that work
where you are, and `:` finds every command of every screen.

## What each key means

| key | meaning |
|---|---|
"""
REMAP = """
## Other keys

`settings.json` in the workspace has what you chose. Under `keymap` a key can be given to any act by its name, several keys with
commas between them; Textual's names of keys are used (`f7`, `ctrl+k`, `full_stop`):

```json
{"keymap": {"verdict.malicious": "x,m", "scope.wider": "f7"}}
```

A name that nothing has, and a key that two acts of one screen have then, is told when the interface starts.

| name | key | what it does | on |
|---|---|---|---|
"""


def shown(keys: str) -> str:
    """Keys as they are printed on the keyboard, in code."""
    return " ".join(f"`{NAMES.get(key, key)}`".replace("|", "\\|") for key in keys.replace(",", " ").split())


def page() -> str:
    """The whole page."""
    meanings = "".join(f"| {shown(one.keys)} | {one.told} |\n" for one in MEANINGS if one.keys not in {"backslash", "H"})
    acts: dict[str, tuple[Binding, list[str]]] = {}
    for mode, bindings in bindings_of(OddkinApp).items():
        for name, binding in bindings.items():
            acts.setdefault(name, (binding, []))[1].append(TITLES[mode])
    lines = [
        f"| `{name}` | {shown(binding.key)} | {binding.tooltip or binding.description} |"
        f" {'all' if len(on) == len(TITLES) else ', '.join(on)} |\n"
        for name, (binding, on) in sorted(acts.items())
    ]
    return HEAD + meanings + REMAP + "".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
