"""The ten test sequences of the published repository (test.csv of amitsec-ai/lstm-abnormal-process), and what they are called.

The repository prints neither expected classes nor its model's answers. By the names six are attacks and four are what dhclient
starts: that reading is ours. What the released model says was measured once, with its released files (review of this project,
issue 16), and cannot be measured here: they are a pickle and an HDF5 file of another project and are not shipped. One probability
was handed down with it; of the other nine it was told that the model's class is the one that is read from the names.
"""

from __future__ import annotations

from dataclasses import dataclass

SOURCE = "test.csv of amitsec-ai/lstm-abnormal-process"
RELEASED_NAMES = 945
"""Words of the released model's tokenizer. xmrig is none of them: that step is dropped before its network sees the sequence."""


@dataclass(frozen=True, slots=True)
class TestSequence:
    """One of the ten."""

    leaf_first: tuple[str, ...]
    """As the repository writes it."""
    by_names: bool
    """Whether its names say abnormal; read by us."""
    released: bool
    """Whether the released model calls it abnormal."""
    released_probability: float | None = None
    """Where it was handed down."""

    @property
    def steps(self) -> tuple[str, ...]:
        """Root first."""
        return self.leaf_first[::-1]


def _known(text: str, by_names: bool, released: bool | None = None, probability: float | None = None) -> TestSequence:
    return TestSequence(tuple(text.split()), by_names, by_names if released is None else released, probability)


TEN = (
    _known("curl bash httpd systemd", by_names=True),
    _known("nc bash bash httpd systemd", by_names=True),
    _known("whoami dash sudoedit bash systemd", by_names=True),
    _known("xmrig python3 bash bash httpd systemd", by_names=True),
    _known("ifconfig python bash bash sudo bash httpd systemd", by_names=True),
    _known("lscpu python bash bash bash systemd", by_names=True, released=False, probability=0.038),
    _known("bash dhclient systemd", by_names=False),
    _known("hostname bash bash dhclient systemd", by_names=False),
    _known("cat bash bash dhclient systemd", by_names=False),
    _known("dbus-send bash dhclient systemd", by_names=False),
)
APART = frozenset(one.steps for one in TEN)
"""What no training of the recipe may see, root first."""
