"""What is selected goes to the clipboard, or into the pager or editor of whoever sits there.

The clipboard is reached twice: through the terminal (OSC 52), which works over ssh, and through the machine's own, as not every
terminal allows the first. Neither answers, so what is said is what was sent.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from functools import partial
from pathlib import Path

from rich.cells import cell_len
from textual.app import App, SuspendNotSupported
from textual.widget import Widget

from tui.words.spans import crop

OSC_52_MOST = 74_994
"""Bytes that terminals take in one sequence (xterm's limit of 100,000 in base64)."""
SAID = 60
"""Cells of a copied text that are told."""


def to_clipboard(widget: Widget, text: str, name: str) -> None:
    """Copy, and say what. Raises nothing: a machine without a clipboard still has its terminal's."""
    size = len(text.encode("utf-8", "replace"))
    if size <= OSC_52_MOST:
        widget.app.copy_to_clipboard(text)
    widget.run_worker(partial(_to_machine, text), thread=True, group="clipboard", exit_on_error=False)
    lines = text.count("\n") + 1
    told = f"{lines:,} lines" if lines > 1 else text if cell_len(text) <= SAID else crop(text, SAID)
    if size > OSC_52_MOST:
        told += f"  (too long for a terminal's clipboard, {size:,} bytes: E opens it)"
    widget.notify(f"{name} copied: {told}", title="Copied", markup=False)


def _to_machine(text: str) -> None:
    """The clipboard of the machine that this runs on, where it has one."""
    import pyperclip

    try:
        pyperclip.copy(text)
    except (pyperclip.PyperclipException, OSError):
        return  # no display, or none of the programs: the terminal was told


def in_pager(widget: Widget, text: str) -> None:
    """Give the terminal to $PAGER, else $EDITOR, else the first pager that there is, with `text` in a file of its own."""
    command = pager()
    if not command:
        widget.notify("There is no pager: set $PAGER or $EDITOR.", severity="warning")
        return
    with tempfile.TemporaryDirectory(prefix="oddkin-") as folder:
        path = Path(folder) / "process.txt"
        path.write_text(text, encoding="utf-8", errors="replace")
        try:
            _run(widget.app, [*command, str(path)])
        except (OSError, SuspendNotSupported, subprocess.SubprocessError) as error:
            widget.notify(f"{command[0]} could not be run: {error}. Set $PAGER or $EDITOR.", severity="error", markup=False)


def pager(environment: dict[str, str] | None = None) -> list[str]:
    """The command, without the file; [] where there is none."""
    given = os.environ if environment is None else environment
    for name in ("PAGER", "EDITOR"):
        try:
            words = shlex.split(given.get(name, ""))
        except ValueError:
            continue
        if words:
            return words
    found = next(filter(None, map(shutil.which, ("less", "more", "vi"))), None)
    return [found] if found else []


def _run(app: App[object], command: list[str]) -> None:
    with app.suspend():
        subprocess.run(command, check=False)
