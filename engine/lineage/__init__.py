"""Lineage: which record is which process, whose child it is, and the chains that follow from it."""

from engine.lineage.chainset import chains
from engine.lineage.link import link

__all__ = ["chains", "link"]
