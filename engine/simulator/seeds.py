"""Random streams that depend on nothing but the seed and the names they are asked for.

`hash()` differs between runs (PYTHONHASHSEED), and one shared stream would let a new activity shift every later choice;
so each host, user and product draws from a stream of its own.
"""

from __future__ import annotations

import hashlib
import math
import random


def stream(*names: object) -> random.Random:
    """An independent generator for these names; equal names, equal numbers, on every machine."""
    text = "\x1f".join(str(name) for name in names)
    return random.Random(int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "big"))


def share(*names: object) -> float:
    """A fixed number in [0, 1) for these names: who has a program installed, who is late to update."""
    text = "\x1f".join(str(name) for name in names)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") / 2**64


def poisson(rng: random.Random, mean: float) -> int:
    """Number of events of a Poisson process (Knuth's product method; a rounded normal above 30, where it underflows)."""
    if mean <= 0:
        return 0
    if mean > 30:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count
