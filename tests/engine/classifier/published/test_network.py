"""The network in NumPy is the network that torch trains."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.classifier.published.network import (
    FIRST,
    PADDING,
    UNKNOWN,
    SequenceModel,
    name_of,
    probability,
    shapes,
)
from engine.classifier.published.shipped import shipped
from engine.domain.records import MAX_STEPS
from engine.errors import Cancelled

MODEL = shipped().model
STEPS = st.one_of(st.sampled_from(MODEL.names), st.text(min_size=1, max_size=8))
SEQUENCES = st.lists(st.lists(STEPS, min_size=1, max_size=14), min_size=1, max_size=12)


def by_torch(sequences: list[list[str]]) -> np.ndarray:
    import torch

    from engine.classifier.published.training import PublishedNetwork

    network = PublishedNetwork(FIRST + len(MODEL.names), 0.0)
    network.load_state_dict({name: torch.from_numpy(np.array(array)) for name, array in MODEL.weights.items()})
    network.eval()
    rows = MODEL.rows_of(sequences)
    with torch.inference_mode():
        return network(torch.from_numpy(rows), torch.from_numpy((rows != PADDING).sum(axis=1))).double().numpy()


@given(SEQUENCES)
@settings(max_examples=60, deadline=None)
def test_it_says_what_torch_says(sequences: list[list[str]]) -> None:
    assert MODEL.log_odds(MODEL.rows_of(sequences)) == pytest.approx(by_torch(sequences), abs=1e-4)


@given(SEQUENCES)
@settings(max_examples=60, deadline=None)
def test_what_stands_beside_a_sequence_changes_nothing(sequences: list[list[str]]) -> None:
    together = MODEL.log_odds(MODEL.rows_of(sequences))
    alone = [MODEL.log_odds(MODEL.rows_of([one]))[0] for one in sequences]
    assert together == pytest.approx(alone, abs=1e-4)


def test_no_step_is_dropped() -> None:
    rows = MODEL.rows_of([["systemd", "xz9", "bash"]])[0]
    assert rows[:4].tolist() == [MODEL.rows["systemd"], UNKNOWN, MODEL.rows["bash"], PADDING]
    plain, strange = MODEL.log_odds(MODEL.rows_of([["systemd", "bash"], ["systemd", "xz9", "bash"]]))
    assert plain != strange


def test_long_sequences_keep_their_end() -> None:
    long = [f"p{number}" for number in range(30)] + ["httpd", "bash", "xmrig"]
    assert (MODEL.rows_of([long]) == MODEL.rows_of([long[-MAX_STEPS:]])).all()


@pytest.mark.parametrize(
    ("step", "name"),
    [
        ("/usr/bin/Bash", "bash"), ("C:\\Windows\\System32\\cmd.EXE", "cmd"), ("xmrig", "xmrig"), ("/", "/"), ("", ""),
        ("x" * 2_000_000, "x" * 4096),
    ],
)  # fmt: skip
def test_a_path_is_its_file_name(step: str, name: str) -> None:
    assert name_of(step) == name


def test_probabilities_are_right_at_both_ends() -> None:
    assert probability(np.array([0.0, 800.0, -800.0])).tolist() == [0.5, 1.0, 0.0]


def test_somebody_can_stop_it() -> None:
    def stop() -> None:
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        MODEL.log_odds(MODEL.rows_of([["bash"]]), stop)


def test_the_network_is_the_published_one() -> None:
    sizes = shapes(FIRST + 945)
    assert sizes["embedding.weight"] == (947, 64)
    assert sizes["both.weight_ih_l0"] == sizes["both.weight_ih_l0_reverse"] == (4 * 64, 64)
    assert sizes["last.weight_ih_l0"] == (4 * 32, 2 * 64)
    assert sizes["output.weight"] == (1, 32)
    assert SequenceModel((), {}).rows == {}
