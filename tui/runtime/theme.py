"""Our own themes: one meaning for each colour, and for each colour a second sign that is none.

Screens and widgets name theme variables only ($primary, $text-warning …), never colours. What the variables mean:

    $foreground, $text             evidence; names and sentences (also bold)
    $text-muted                    time, units, decided lines, context (also italic)
    $border                        guides and rules, never text
    $warning, $text-warning        odd: what the machine finds (also ▲ █, underlined)
    $error, $text-error            malicious: what a person called an attack (also M), and failures, which say so in words
    $success, $text-success        fine: called benign or a false positive (also B F), usual, rebuilt
    $secondary, $text-secondary    called undetermined by a person (also O)
    $primary, $text-primary        a hint: you act here (also bold, brackets, ━ ┃)

They are Textual's own names, so that every theme of Textual's has them.

Red is never the machine's word: it would be said before anyone has judged. Each colour of ours is one of the 256 that terminals
without true colour have, so that there nothing turns into another one; Textual derives colours in between from a theme's, and
those that are used here are therefore written down as well. tests/tui/runtime/test_theme.py computes the contrasts.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import App
from textual.theme import Theme


@dataclass(frozen=True, slots=True)
class Tokens:
    """The colours of one theme, by what they mean."""

    text: str
    strong: str
    muted: str
    faint: str
    odd: str
    malicious: str
    fine: str
    open: str
    hint: str
    cursor: str
    on_cursor: str
    """Text on the cursor's row, whatever it is elsewhere."""
    cursor_elsewhere: str
    """The cursor's row of a pane that is not in focus; texts keep their colours there."""
    background: str
    band: str
    """Behind bars, dialogs and the header."""


TOKENS = {
    "oddkin-dark": Tokens(
        text="#c6c6c6", strong="#ffffff", muted="#9e9e9e", faint="#6c6c6c", odd="#ffaf5f", malicious="#ff8787", fine="#87d787",
        open="#d7afff", hint="#87afd7", cursor="#005f87", on_cursor="#ffffff", cursor_elsewhere="#303030", background="#121212",
        band="#1c1c1c",
    ),
    "oddkin-light": Tokens(
        text="#262626", strong="#000000", muted="#585858", faint="#808080", odd="#875f00", malicious="#af0000", fine="#005f00",
        open="#5f00af", hint="#005faf", cursor="#afd7ff", on_cursor="#000000", cursor_elsewhere="#e4e4e4", background="#ffffff",
        band="#eeeeee",
    ),
    "oddkin-contrast": Tokens(
        text="#ffffff", strong="#ffffff", muted="#dadada", faint="#8a8a8a", odd="#ffaf00", malicious="#ff8787", fine="#5fff5f",
        open="#d7afff", hint="#5fd7ff", cursor="#5fd7ff", on_cursor="#000000", cursor_elsewhere="#303030", background="#000000",
        band="#000000",
    ),
}  # fmt: skip
DEFAULT = "oddkin-dark"
CHOICES = {
    "oddkin-dark": "dark",
    "oddkin-light": "light",
    "oddkin-contrast": "high contrast",
    "ansi-dark": "the terminal's own 16 colours, dark",
    "ansi-light": "the terminal's own 16 colours, light",
}
"""What the palette offers; any other theme of Textual may be named in settings.json."""


def _variables(tokens: Tokens) -> dict[str, str]:
    """Every variable that Textual would else derive to a colour between those of the terminal."""
    ground, elsewhere = tokens.background, tokens.cursor_elsewhere
    bars = {f"scrollbar-{part}": ground for part in ("background", "background-hover", "background-active", "corner-color")}
    return {
        **bars,
        "primary": tokens.hint, "accent": tokens.hint, "secondary": tokens.open, "warning": tokens.odd,
        "error": tokens.malicious, "success": tokens.fine, "foreground": tokens.text, "background": ground,
        "surface": tokens.band, "panel": tokens.band, "boost": tokens.band, "warning-muted": elsewhere,
        "text": tokens.strong, "text-primary": tokens.hint, "text-accent": tokens.hint, "text-warning": tokens.odd,
        "text-error": tokens.malicious, "text-success": tokens.fine, "text-muted": tokens.muted, "text-secondary": tokens.open,
        "border": tokens.faint, "border-blurred": tokens.faint,
        "scrollbar": tokens.faint, "scrollbar-hover": tokens.muted, "scrollbar-active": tokens.hint,
        "block-cursor-background": tokens.cursor, "block-cursor-foreground": tokens.on_cursor, "block-cursor-text-style": "none",
        "block-cursor-blurred-background": elsewhere, "block-cursor-blurred-foreground": tokens.strong,
        "footer-background": tokens.band, "footer-foreground": tokens.muted, "footer-description-foreground": tokens.muted,
        "footer-key-foreground": tokens.hint, "footer-item-background": tokens.band, "footer-key-background": tokens.band,
        "footer-description-background": tokens.band,
        "input-cursor-background": tokens.text, "input-cursor-foreground": ground,
        "input-selection-background": tokens.cursor, "input-selection-foreground": tokens.on_cursor,
        "screen-selection-background": tokens.cursor, "screen-selection-foreground": tokens.on_cursor,
    }  # fmt: skip


def _theme(name: str, tokens: Tokens) -> Theme:
    return Theme(
        name=name,
        dark=int(tokens.background[1:3], 16) < 0x80,
        primary=tokens.hint,
        accent=tokens.hint,
        secondary=tokens.open,
        warning=tokens.odd,
        error=tokens.malicious,
        success=tokens.fine,
        foreground=tokens.text,
        background=tokens.background,
        surface=tokens.band,
        panel=tokens.band,
        boost=tokens.band,
        variables=_variables(tokens),
    )


OURS = {name: _theme(name, tokens) for name, tokens in TOKENS.items()}


def register(app: App[None], wanted: str) -> str:
    """Make our themes known and choose one; returns what was chosen (the default for a name that nobody knows)."""
    for theme in OURS.values():
        app.register_theme(theme)
    chosen = wanted if wanted in app.available_themes else DEFAULT
    app.set_reactive(App.theme, chosen)
    return chosen
