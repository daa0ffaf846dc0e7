"""The parameters of a training as the form offers them, and as the detector takes them. No widgets, no torch."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.errors import UsageError
from engine.progress import Run
from tui.actions.train_and_score import RULES, TrainedAndScored, TrainingOrder, one_bar, train_and_score
from tui.shell.bounds import MOST_BATCH
from tui.widgets.parameter import Parameter

if TYPE_CHECKING:
    from engine.detector import DetectorParams
    from engine.device import Device
    from store.workspace import Workspace

THIS, ALL = "this", "all"
FUSED, PUBLISHED = "fused", "published"
ORDERS = ((FUSED, "all signals"), (PUBLISHED, "published: mean error"))
BARE, PRIOR = "chains", "chains+prior"
NO_STARTER = ("", "none")
STARTERS = ((PRIOR, "chains and prior"), (BARE, "chains"), NO_STARTER)
NORMALISED = ((True, "accepted, or learnt"), (False, "none"))
DEFAULT_BUDGET = 1.0
MOST_EPOCHS = 1_000_000
NAME = re.compile(r"[^\x00-\x1f\x7f]{0,40}\Z")


def parameters(devices: Sequence[Device] | None, cases: int, moved: float | None, order: str = FUSED) -> tuple[Parameter, ...]:
    """The form. `devices` is None while torch is being asked, `moved` the budget that somebody chose for the case; the defaults
    are those of the order of the queue.
    """
    published = order == PUBLISHED
    data = ((THIS, "this case"), (ALL, f"all {cases} cases")) if cases > 1 else ((THIS, "this case"),)
    budgets: list[tuple[float | None, str]] = [
        (value, f"{value:g} per host-day") for value in (DEFAULT_BUDGET, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
    ]
    if moved is not None:
        budgets.insert(0, (moved, f"now {moved:.3g} per host-day"))
    if published:
        budgets.insert(0, (None, "by the shuffle test"))
    return (
        Parameter("data", "Learn from", data, "Chains that count as normal."),
        Parameter("device", "Device", _devices(devices), "Where the network is trained."),
        Parameter("order", "Queue by", ORDERS, "What the queue is sorted by; the other defaults follow it."),
        Parameter(
            "epochs", "Epochs", passes("2,000" if published else "up to 2,000 batches", 1, 2, 5, 10, 20, 50, 100, 500),
            "Passes over the chains, all of which are run; empty leaves it to the default.", optional(MOST_EPOCHS, "epochs"),
        ),
        Parameter(
            "batch", "Batch", passes("64" if published else "96", 32, 64, 128, 256, 512), "Chains a batch; empty: default.",
            optional(MOST_BATCH, "chains"),
        ),
        Parameter(
            "word_epochs", "Word epochs", passes("20" if published else "by their number", 5, 20, 50, 100, 300),
            "Passes over the paths, for word vectors; empty for the default.", optional(MOST_EPOCHS, "epochs"),
        ),
        Parameter(
            "budget", "Budget", tuple(budgets), "Chains that you are willing to read per host and day; 0.001 to 100,000.",
            lambda text: number(text, 0.001, 100_000, "chains per host-day"), lambda value: f"{value:g} per host-day",
        ),
        Parameter(
            "seed", "Seed", tuple((n, str(n)) for n in range(1, 10)), "Same seed, same model (on the CPU).",
            lambda text: whole(text, 0, 2**32 - 1, "seed"),
        ),
        Parameter(
            "threads", "Threads", tuple((n, str(n)) for n in range(1, min(os.cpu_count() or 1, 16) + 1)),
            "For torch on the CPU; more than one is often slower.", lambda text: whole(text, 1, 256, "threads"),
        ),
        Parameter("name", "Name", (("", "none"),), "A name for the model, up to 40 characters.", named),
        Parameter(
            "rules", "Rules", NORMALISED if RULES else NORMALISED[::-1], "What makes versions and the like one; 6 shows them.",
        ),
        _starter(published=published),
    )  # fmt: skip


def _starter(*, published: bool) -> Parameter:
    if published:
        return Parameter("starter", "Starter", (NO_STARTER,), "As published a model knows of no other estates.")
    return Parameter("starter", "Starter", STARTERS, "Other estates' everyday chains beside yours; the prior has learnt attacks.")


def passes(default: str, *choices: int) -> tuple[tuple[int | None, str], ...]:
    """The default, in words, and some others."""
    return ((None, default), *((one, f"{one}") for one in choices))


def optional(most: int, what: str) -> Callable[[str], int | None]:
    """A typed whole number; None for nothing."""
    return lambda text: None if not text else whole(text, 1, most, what)


def _devices(devices: Sequence[Device] | None) -> tuple[tuple[str, str], ...]:
    if devices is None:
        return (("auto", "auto: looking…"),)
    first, *_rest = devices
    return (("auto", f"auto: {first.kind} {first.name}"), *((one.kind, f"{one.kind} {one.name}") for one in devices))


def epochs_of(values: Mapping[str, Any]) -> int | None:
    """Passes that a training is ordered for; None where it may stop when it likes."""
    from engine.detector.presets import EPOCHS

    ordered: int | None = values["epochs"]
    return EPOCHS if ordered is None and values["order"] == PUBLISHED else ordered


def to_params(values: Mapping[str, Any], moved: float | None) -> DetectorParams:
    """What the detector takes. Raises UsageError for what makes no sense."""
    from engine.detector import AlertBudget, DetectorParams
    from engine.detector.presets import Changes, as_published

    params = DetectorParams(
        seed=values["seed"], device=values["device"], threads=values["threads"], threat_prior=values["starter"] == PRIOR
    )
    budget = None
    if values["order"] == PUBLISHED:
        params = as_published(params)
    if values["budget"] is not None:
        # The floor of 20 chains is for budgets that nobody has thought about.
        thought = values["budget"] == moved or values["budget"] != DEFAULT_BUDGET
        budget = AlertBudget(per_host_day=values["budget"], **({"at_least": 1} if thought else {}))
    return Changes(values["epochs"], values["batch"], values["word_epochs"], budget=budget).of(params)


def train(workspace: Workspace, case: str, values: Mapping[str, Any], moved: float | None, run: Run) -> TrainedAndScored:
    """Train with the values of the form and score the case, beside the model in use."""
    order = TrainingOrder(
        cases=[case] if values["data"] != ALL else [case, *(name for name in workspace.cases.names() if name != case)],
        params=to_params(values, moved),
        name=values["name"] or None,
        starter=bool(values["starter"]),
        rules=values["rules"],
    )
    return train_and_score(workspace, order, one_bar(run), use=False)


def whole(text: str, low: int, high: int, what: str) -> int:
    """A whole number within limits. Raises UsageError."""
    plain = text.replace(",", "").replace("_", "")
    if not (plain.isascii() and plain.isdigit() and len(plain) < 12 and low <= int(plain) <= high):
        raise UsageError(f"{what}: a whole number from {low:,} to {high:,}.")
    return int(plain)


def number(text: str, low: float, high: float, what: str) -> float:
    """A number within limits. Raises UsageError."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise UsageError(f"{what}: a number from {low:g} to {high:,.0f}.")
    return value


def named(text: str) -> str:
    """A name. Raises UsageError."""
    if not NAME.match(text):
        raise UsageError("A name has at most 40 characters and no control characters.")
    return text
