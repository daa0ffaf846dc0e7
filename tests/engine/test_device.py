"""One function resolves the device."""

from __future__ import annotations

import pytest
import torch

from engine.device import resolve, threads_of
from engine.errors import UsageError


def test_cpu_is_reported_with_its_threads():
    device = resolve("cpu", 2)
    assert device.kind == "cpu"
    assert device.line.startswith("cpu (")
    assert device.line.endswith("2 threads")


@pytest.mark.parametrize(("cuda", "mps", "expected"), [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")])
def test_auto_prefers_cuda_then_metal(monkeypatch, cuda, mps, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _index: "Test GPU")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert resolve("auto").kind == expected


@pytest.mark.parametrize("missing", ["cuda", "mps"])
def test_a_device_that_is_not_there_is_a_usage_error(monkeypatch, missing):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(UsageError, match=missing):
        resolve(missing)


@pytest.mark.parametrize(("name", "threads"), [("gpu", 1), ("", 1), ("cpu", 0), ("auto", -3)])
def test_nonsense_is_a_usage_error(name, threads):
    with pytest.raises(UsageError):
        resolve(name, threads)


def test_thread_count_is_put_back_even_after_an_error():
    before = torch.get_num_threads()
    inside = []

    def fail():
        with threads_of(resolve("cpu", before + 1)):
            inside.append(torch.get_num_threads())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert inside == [before + 1]
    assert torch.get_num_threads() == before
