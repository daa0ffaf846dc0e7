"""Models in words: the lines of the Models screen. Manifests may come from another workstation, so nothing in them is trusted."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from engine.untrusted import visible
from tui.actions.models import short_id
from tui.screens.models.model_table import ModelRow
from tui.words.classifier_words import classifier_lines
from tui.words.spans import Line, tail_crop

if TYPE_CHECKING:
    from store.models.rows import ModelView

LABEL = 26
WIDTH = 56
"""Cells that a classifier's account is laid out for."""
METRICS = {
    "chains": "chains", "processes": "processes", "paths": "paths", "threshold": "threshold",
    "threshold_origin": "threshold from", "budget": "budget",
    "flagged": "flagged in training", "network_loss": "loss", "network_batches": "batches",
    "network_ordered": "batches ordered", "network_stop": "training",
    "embedding_words": "words", "embedding_mean_cosine": "mean cosine", "shuffled_auc": "shuffled AUC",
    "calibration.alerts_per_host_day.value": "flagged a host-day",
    "calibration.alerts_per_host_day.low": "flagged, at least", "calibration.alerts_per_host_day.high": "flagged, at most",
    "calibration.false_positives_per_1000.value": "of 1,000 processes",
    "calibration.false_positives_per_1000.low": "of 1,000, at least",
    "calibration.false_positives_per_1000.high": "of 1,000, at most",
    "calibration.level": "chance of these bounds", "calibration.host_days": "host-days counted",
    "calibration.sentence": "that is",
    "shuffled_above_threshold": "shuffled above line", "real_above_threshold": "real above line", "seconds": "training seconds",
    "published_threshold": "first paper's line", "shuffled_chains": "chains shuffled", "starter_chains": "chains of the starter",
    "network_seconds": "seconds of networks", "network_chains_per_second": "chains a second", "embedding_epochs": "word epochs",
}  # fmt: skip
"""In the order of interest; the rest of the metrics follows by name."""
SKIPPED = ("histogram_",)


def age(created_us: int, now: datetime) -> str:
    """now, 5 min, 3 h, 12 d, 2 y."""
    seconds = max(now.timestamp() - created_us / 1e6, 0)
    for size, unit in ((365 * 86400, "y"), (86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return "now"


def size(number: int) -> str:
    """3.3 MB."""
    for factor, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if number >= factor:
            return f"{number / factor:.1f} {unit}"
    return f"{number} B"


def cases_of(model: ModelView) -> str:
    """What a model was trained on."""
    cases = model.manifest.get("cases")
    if model.ready:
        return "other estates; came with oddkin"
    return ", ".join(str(case) for case in cases[:5]) if isinstance(cases, list) else "unknown data"


def told_apart(model_ids: Sequence[str]) -> dict[str, str]:
    """Short forms of ids, no two of them alike: the part that tells a model from others, and the whole id where it does not."""
    count = Counter(map(short_id, model_ids))
    return {one: short_id(one) if count[short_id(one)] == 1 else one for one in model_ids}


def labels(names: Sequence[str], width: int) -> dict[str, str]:
    """What names of figures are called, no two of them alike: cut in front, nested names end differently, and whole where the
    cut ones would be the same.
    """
    called = {name: METRICS.get(name) or tail_crop(name, width) for name in names}
    count = Counter(called.values())
    return {name: text if count[text] == 1 else visible(name, 200) for name, text in called.items()}


def row(model: ModelView, short: str, case: str | None, scored: Sequence[str], now: datetime) -> ModelRow:
    """One line of the table; `short`: its id, as told apart from the others."""
    others = [name for name in model.used_by if name != case]
    return ModelRow(
        model.id, short, str(model.manifest.get("name") or ""), model.kind,
        age(model.created_us, now), size(model.size), cases_of(model),
        case in model.used_by, len(others), model.id in scored,
    )  # fmt: skip


def detail_lines(model: ModelView, created: str, now: datetime) -> list[Line]:
    """Everything about one model; `created` is the time in the display zone."""
    manifest = model.manifest
    lines: list[Line] = [[(model.id, "strong")]]
    if manifest.get("name"):
        lines.append(_line("name", str(manifest["name"])))
    lines += [
        _line("created", f"{created} ({age(model.created_us, now)})"),
        _line("size", f"{size(model.size)} in {len(_mapping(manifest.get('files')))} files"),
        _line("used by", ", ".join(model.used_by) or "no case"),
        _line("trained on", cases_of(model)),
        _line("device", words(manifest.get("device", "unknown"))),
        _line("data fingerprint", words(training_set(manifest))),
    ]
    if model.kind == "classifier":
        lines += [[("", "")], *classifier_lines(manifest, WIDTH)]
    for title, values in (("Metrics", metrics(manifest)), ("Parameters", parameters(manifest))):
        if values:
            lines += [[("", "")], [(title, "title")]]
            called = labels(list(values), LABEL)
            lines += [_line(called[name], words(value)) for name, value in values.items()]
    libraries = _mapping(manifest.get("libraries"))
    if libraries:
        lines += [[("", "")], [("Made with", "title")], *(_line(name, words(value)) for name, value in sorted(libraries.items()))]
    return lines


def difference_lines(left: ModelView, right: ModelView, now: datetime) -> list[Line]:
    """Parameters that differ and all metrics, side by side."""
    short = told_apart((left.id, right.id))
    names = [tail_crop(short[model.id], 13) for model in (left, right)]
    lines: list[Line] = [[(f"{'':<{LABEL}}", ""), (f"{names[0]:>14}", "strong"), (f"{names[1]:>14}", "strong")]]
    facts = [
        ("age", age(left.created_us, now), age(right.created_us, now)),
        ("size", size(left.size), size(right.size)),
        ("trained on", cases_of(left), cases_of(right)),
        ("data", *("the same",) * 2) if training_set(left.manifest) == training_set(right.manifest)
        else ("data", words(training_set(left.manifest))[:8], words(training_set(right.manifest))[:8]),
    ]  # fmt: skip
    lines += [_pair(*fact) for fact in facts]
    ours, theirs = parameters(left.manifest), parameters(right.manifest)
    differing = [name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name)]
    lines.append([("", "")])
    lines.append([("Parameters ", "title"), ("that differ" if differing else "are the same", "dim")])
    called = labels(differing, LABEL - 1)
    lines += [_pair(called[name], words(ours.get(name, "–")), words(theirs.get(name, "–"))) for name in differing]
    ours, theirs = metrics(left.manifest), metrics(right.manifest)
    lines += [[("", "")], [("Metrics", "title")]]
    called = labels(list({**ours, **theirs}), LABEL - 1)
    return lines + [_pair(text, words(ours.get(name, "–")), words(theirs.get(name, "–"))) for name, text in called.items()]


def metrics(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers and short texts of the metrics, the telling ones first."""
    found = _flat(_mapping(manifest.get("metrics")))
    kept = {name: value for name, value in found.items() if not name.startswith(SKIPPED) and not isinstance(value, list)}
    return {name: kept[name] for name in [*(name for name in METRICS if name in kept), *sorted(set(kept) - set(METRICS))]}


def parameters(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """All parameters, nested ones with dots."""
    return _flat(_mapping(manifest.get("parameters") or manifest.get("params")))


def training_set(manifest: Mapping[str, Any]) -> Any:
    """The fingerprint of the chains that a model has learnt from."""
    told = manifest.get("training_set", manifest.get("fingerprint", "unknown"))
    return told.get("fingerprint", "unknown") if isinstance(told, dict) else told


def words(value: Any) -> str:
    """A value of a manifest as short text."""
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "default"}[value]
    if isinstance(value, float):
        if not math.isfinite(value):
            return str(value)
        return f"{value:,.0f}" if abs(value) >= 100 or (value.is_integer() and abs(value) >= 1) else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)[:200]


def _flat(values: Mapping[str, Any], before: str = "", depth: int = 0) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, value in list(values.items())[:200]:
        if isinstance(value, Mapping) and depth < 4:
            out |= _flat(value, f"{before}{name}.", depth + 1)
        else:
            out[f"{before}{name}"] = value
    return out


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _line(label: str, value: str) -> Line:
    return [(f"{label:<{LABEL}} ", "dim"), (value, "")]


def _pair(label: str, left: str, right: str) -> Line:
    role = "" if left == right else "accent"
    return [(f"{label:<{LABEL}} "[: max(LABEL, len(label) + 1)], "dim"), (f"{left[:13]:>14}", ""), (f"{right[:13]:>14}", role)]
