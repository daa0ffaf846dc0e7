"""The contract: whoever trains or scores asks the autoencoder and not which of the two it is."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest
import torch

import engine.autoencoder
from engine.autoencoder.autoencoder import Autoencoder, Ensemble, Published
from engine.autoencoder.params import NetworkParams
from engine.autoencoder.sampling import TrainingChains
from engine.autoencoder.scoring import step_errors
from engine.autoencoder.training import train_network
from engine.detector import DetectorParams
from engine.device import resolve
from engine.progress import Run

PARAMS = NetworkParams(hidden=6, code=3, members=2, batch=8, steps=4)
DATA = TrainingChains(
    np.random.default_rng(1).normal(size=(5, 4)).astype(np.float32),
    np.array([[0, 1, 2], [0, 1, 3], [4, 1, -1]], dtype=np.int32),
    np.array([3, 3, 2], dtype=np.int32), np.array([5, 2, 1]), 3,
)  # fmt: skip


@pytest.mark.parametrize("autoencoder", [Ensemble(PARAMS), Published(PARAMS)], ids=["ensemble", "published"])
def test_every_network_says_what_each_of_its_members_makes_of_the_chains(autoencoder: Autoencoder):
    module = autoencoder.build(4)
    chains = torch.randn(3, 2, 4)
    expected = (autoencoder.members, 3, 2, 4)
    assert module(chains).shape == module(chains.expand(autoencoder.members, -1, -1, -1)).shape == expected


@pytest.mark.parametrize("autoencoder", [Ensemble(PARAMS), Published(PARAMS)], ids=["ensemble", "published"])
def test_whatever_is_drawn_both_learn_in_one_loop_and_are_scored_by_one(autoencoder: Autoencoder):
    device = resolve("cpu", 1)
    network = train_network(autoencoder, DATA, 4, 1, device, Run())
    errors = step_errors(
        network,
        DATA.vectors,
        np.pad(DATA.steps, ((0, 0), (0, 7)), constant_values=-1),
        DATA.lengths,
        device,
        Run(),
    )
    assert network.metrics["batches"] == 4
    assert np.isfinite(errors[0, :3]).all()
    assert np.isnan(errors[2, 2:]).all()


def test_the_published_network_is_one_whatever_members_says_and_sees_no_wrong_steps():
    assert Published(PARAMS).members == 1
    assert Published(PARAMS).impostors(DATA, 1) is None
    assert Ensemble(PARAMS).impostors(DATA, 1) is not None


def test_the_score_names_the_network():
    assert isinstance(DetectorParams().autoencoder, Ensemble)
    assert isinstance(DetectorParams(score="published").autoencoder, Published)


def test_no_function_of_the_room_takes_a_flag_for_the_published_network():
    flags = [
        (path.name, node.name)
        for path in Path(engine.autoencoder.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and "published" in {arg.arg for arg in (*node.args.args, *node.args.kwonlyargs)}
    ]
    assert not flags
