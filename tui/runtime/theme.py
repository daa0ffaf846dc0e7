"""Our own themes: quiet backgrounds, one accent, the same four meanings everywhere (odd, fine, unsure, hint).

Screens and widgets name theme variables only ($primary, $error, $oddkin-…), never colours.
"""

from __future__ import annotations

from textual.app import App
from textual.theme import Theme

DARK = Theme(
    name="oddkin-dark",
    dark=True,
    primary="#7aa2c8",
    secondary="#8fa3b5",
    accent="#e0af68",
    foreground="#c8ced6",
    background="#14171b",
    surface="#1a1e24",
    panel="#232931",
    success="#88b87a",
    warning="#e0af68",
    error="#e06c75",
    variables={
        "border": "#3a424d",
        "border-blurred": "#2b323b",
        "text-muted": "#8a94a1",  # the derived one is a contrast colour, and painted lines lose its transparency
        "block-cursor-background": "#2f4a66",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#232931",
    },
)
LIGHT = Theme(
    name="oddkin-light",
    dark=False,
    primary="#2f5f8f",
    secondary="#5a6b7b",
    accent="#9a5b00",
    foreground="#22272e",
    background="#fafaf7",
    surface="#f1f1ec",
    panel="#e4e4dd",
    success="#2e6b2e",
    warning="#8a5a00",
    error="#b3261e",
    variables={
        "border": "#b9bcc0",
        "border-blurred": "#d3d5d8",
        "text-muted": "#5f6770",
        "block-cursor-background": "#c9dcef",
        "block-cursor-foreground": "#000000",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#e4e4dd",
    },
)
CONTRAST = Theme(
    name="oddkin-contrast",
    dark=True,
    primary="#00d7ff",
    secondary="#ffffff",
    accent="#ffff00",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1c1c1c",
    success="#00ff5f",
    warning="#ffff00",
    error="#ff5f5f",
    variables={
        "border": "#ffffff",
        "border-blurred": "#9e9e9e",
        "text-muted": "#e0e0e0",
        "block-cursor-background": "#00d7ff",
        "block-cursor-foreground": "#000000",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#303030",
    },
)
OURS = (DARK, LIGHT, CONTRAST)
CHOICES = {
    "oddkin-dark": "dark",
    "oddkin-light": "light",
    "oddkin-contrast": "high contrast",
    "ansi-dark": "the terminal's own colours, dark",
    "ansi-light": "the terminal's own colours, light",
}
"""What the palette offers; any other theme of Textual may be named in settings.json."""


def register(app: App[None], wanted: str) -> str:
    """Make our themes known and choose one; returns what was chosen (the default for a name that nobody knows)."""
    for theme in OURS:
        app.register_theme(theme)
    chosen = wanted if wanted in app.available_themes else DARK.name
    app.set_reactive(App.theme, chosen)
    return chosen
