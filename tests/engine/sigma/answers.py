"""What stands in for the process that reads rules: it does as the file says, slowly, badly or not at all."""

from __future__ import annotations

import os
import time

import orjson


def answer(settings: bytes, number: int, block: bytes) -> bytes:
    if block.startswith(b"slow"):
        time.sleep(600)
    if block.startswith(b"die"):
        os._exit(7)
    return orjson.dumps(
        [{"title": block.decode(), "level": "high", "rule": "", "techniques": ["T1105"], "system": "", "fields": ["Image"],
          "queries": ["SELECT * FROM logs WHERE Image='a'"]}]
    )  # fmt: skip
