"""Libraries that take seconds to be imported."""

from __future__ import annotations


def load_libraries() -> None:
    """Import torch and gensim before a job owns Ctrl-C: imports look at no token."""
    import gensim.models.fasttext  # noqa: F401
    import torch  # noqa: F401
