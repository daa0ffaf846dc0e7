"""What runs beside the screens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.progress import CancelToken, Listener

Job = Callable[[Listener, CancelToken], Any]
