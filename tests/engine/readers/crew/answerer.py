"""What a process of a crew is asked in the tests: its settings say how it behaves."""

from __future__ import annotations

import os
import signal
import time


def answer(settings: bytes, number: int, block: bytes) -> bytes:
    """As engine.readers.crew.hand.Answerer."""
    if settings == b"hang" and block == b"2":
        time.sleep(3600)
    if settings == b"exit" and block == b"2":
        os._exit(7)
    if settings == b"die" and block == b"2":
        os.kill(os.getpid(), signal.SIGKILL)
    print("not an answer")
    return b"%d:%d:%s" % (os.getpid(), number, block)
