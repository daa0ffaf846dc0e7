"""What is said of sequences and of the model that answers them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tui.words.words import many

if TYPE_CHECKING:
    from engine.classifier.published.answers import Answer
    from engine.classifier.published.figures import Outcome
    from engine.jobs.sequences import Tally

MOVES_NOTHING = (
    "It has learnt from made-up sequences of Linux names and from no verdict: what it says moves nothing in any queue."
)


def chance(value: float) -> str:
    """.038, and never 1.000 or .000 for what is neither."""
    return ">.999" if value >= 0.9995 else "<.001" if value < 0.0005 else f"{value:.3f}".removeprefix("0")


def model_words(manifest: Mapping[str, Any]) -> str:
    """What the model is and how it was judged, in one line."""
    from engine.classifier.published.figures import Outcome

    figures, made = Outcome.from_dict(manifest["held_out"]), manifest["sequences"]
    return (
        f"The sequence model as published, seed {manifest['recipe']['seed']}: taught with {made['taught']:,} of {made['made']:,}"
        f" made-up sequences; on the {made['held_out']:,} held out (a tenth of the {made['different']:,} different ones)"
        f" {figure_words(figures)}."
    )


def figure_words(figures: Outcome) -> str:
    """Accuracy .992, ROC AUC .999."""
    auc = "none, as one class is missing" if math.isnan(figures.auc) else f"{figures.auc:.3f}".removeprefix("0")
    return f"accuracy {figures.accuracy:.3f}, ROC AUC {auc}".replace(" 0.", " .")


def tally_words(tally: Tally) -> list[str]:
    """What came of all sequences."""
    told = [f"{many(tally.count, 'sequence', 'sequences')}: {tally.abnormal:,} abnormal, {tally.count - tally.abnormal:,} normal"]
    if tally.longer:
        told.append(f"{many(tally.longer, 'sequence has', 'sequences have')} more than ten steps: their last ten were read")
    if tally.with_unknown:
        told.append(
            f"{many(tally.with_unknown, 'sequence has', 'sequences have')} names that training never saw: they are steps that say"
            " nothing by themselves"
        )
    if tally.foreign:
        told.append(f"Of {tally.foreign:,} no name is known: the answer says nothing there (the model knows Linux names)")
    return told


def answer_words(answer: Answer, names: list[str]) -> str:
    """Of one chain: abnormal (.981), decided by httpd (without it .120); never seen: zz9. names: what its steps are called."""
    told = f"{answer.called} ({chance(answer.probability)})"
    if answer.decisive is not None and answer.without is not None:
        told += f", decided by {names[answer.decisive]} (without it {chance(answer.without)})"
    if answer.unknown:
        told += f"; never seen: {', '.join(dict.fromkeys(names[at] for at in answer.unknown))}"
    return told
