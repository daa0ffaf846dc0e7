"""What runs beside the screens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.progress import Run

Job = Callable[[Run], Any]
