"""What is done once the first screen is painted, so that the next keys find it done: imports, style rules, the collector.

Only for a real session: tests open what they need.
"""

from __future__ import annotations

import gc
import threading
from importlib import import_module

from engine.knowledge.telling import tellings
from engine.signals.registry import signals
from tui.app.app import OddkinApp
from tui.app.screens import SCREENS
from tui.runtime.quick_styles import QuickStylesheet, sources_of

NEXT = ("triage", "tree", "train", "models")
"""Screens in the order in which they are likely to be opened. None of them needs torch, gensim or sklearn to be drawn."""
SELDOM = (50_000, 20, 50)
"""Python's own (700, 10, 10) walks over all modules and widgets every few dozen keys: 150 ms with five screens open."""


def up(app: OddkinApp) -> threading.Thread:
    """Begin; belongs to the UI's thread. What remains to be done goes on in the thread that is returned."""
    settle_collector()
    sheet = app.stylesheet
    thread = threading.Thread(target=_prepare, args=(sheet,), name="oddkin warm-up", daemon=True)
    thread.start()
    return thread


def settle_collector() -> None:
    """What is there now stays: modules, rules, the first screen. Never look for cycles among it again, and among the rest
    more seldom.
    """
    gc.freeze()  # without collecting first, which takes longer than the paint did
    gc.set_threshold(*SELDOM)


def _prepare(sheet: object) -> None:
    for mode in NEXT:
        import_module(SCREENS[mode].partition(":")[0])
        if isinstance(sheet, QuickStylesheet):
            for source in sources_of():
                sheet.prepare(*source)
    for path in ("c:\\windows\\system32\\cmd.exe", "/bin/sh"):
        tellings((path, path), "sh -c id")  # the tables, which the first line of the list would wait for
    signals()  # what they are called: a tenth of a second of tables that the first chain would wait for
