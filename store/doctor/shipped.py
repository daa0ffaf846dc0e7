"""What comes with the program beside its code, and is a file that can be damaged or missing."""

from __future__ import annotations

from collections.abc import Callable

from engine.errors import ModelCorrupt
from engine.progress import Run
from store.doctor.contents import at
from store.doctor.examine import Complaint

Look = Callable[[], object]
"""Reads something; raises ModelCorrupt."""


def examine_shipped(detector: Look, run: Run = Run()) -> tuple[Complaint, ...]:
    """Read the detector, the starter and the sequence model; () where all are whole. Raises Cancelled between two of them.

    detector: reads it (store/models/ready.py, which is none of the doctor's).
    """
    found = []
    for name, look in {"ready detector": detector, "starter": _starter, "sequence model": _sequences}.items():
        at(run, name)
        try:
            look()
        except ModelCorrupt as error:
            found.append(Complaint("error", "shipped", error.message, error.remedy))
    return tuple(found)


def _starter() -> None:
    from engine.starter import file

    file.load(file.FOLDER)  # not what this process may have read before


def _sequences() -> None:
    from engine.classifier.published import shipped

    shipped.load(shipped.FOLDER)
