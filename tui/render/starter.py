"""The starter in words."""

from __future__ import annotations

from collections.abc import Iterator

from engine.starter.pack import StarterPack
from engine.untrusted import visible


def lines(pack: StarterPack) -> Iterator[str]:
    """One line per source and system, then what was left out."""
    manifest = pack.manifest
    yield f"Starter of {visible(str(manifest['built']))}, sha256 {visible(str(manifest['sha256']))[:16]}"
    for block in pack.blocks:
        entry = manifest["sources"][block.source]
        yield visible(
            f"{block.source:14} {'Windows' if block.windows else 'Linux':8} {len(block.corpus):>6,} chains"
            f" {int(block.corpus.counts.sum()):>7,} processes {len(block.table):>6,} command lines"
            f"  {entry['licence']}, {entry['repository']}"
        )
    for name, entry in manifest["left_out"].items():
        yield visible(f"left out: {name} ({entry['licence']}, {entry['repository']}): {entry['reason']}")
    systems = [name for name, there in zip(("Linux", "Windows"), _systems(pack), strict=True) if there]
    versions = max(len(pack.priors) - 1, 0)
    yield f"Supervised prior about {' and '.join(systems) or 'no system'}; {versions} further versions, each without one source"


def _systems(pack: StarterPack) -> tuple[bool, bool]:
    prior = pack.priors.get("")
    return (False, False) if prior is None else prior.systems
