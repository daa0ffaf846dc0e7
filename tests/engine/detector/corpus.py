"""A made-up estate for detector tests: services, browsers, builds and logins with realistic frequencies."""

from __future__ import annotations

import hashlib

import numpy as np

from engine.domain.chains import ChainCorpus
from engine.domain.records import MAX_STEPS

S32 = "c:/windows/system32/"
WINDOWS_BASE = (f"{S32}wininit.exe", f"{S32}services.exe", f"{S32}svchost.exe")
APPS = tuple(f"c:/program files/{vendor}/{app}.exe" for vendor in ("contoso", "adatum", "fabrikam", "litware") for app in
             ("agent", "updater", "viewer", "sync", "report", "editor", "helper", "launcher"))  # fmt: skip
SERVICES = tuple(f"{S32}{name}.exe" for name in ("taskhostw", "wmiprvse", "searchindexer", "dllhost", "backgroundtaskhost",
                                                 "runtimebroker", "sppsvc", "spoolsv", "conhost", "werfault"))  # fmt: skip
UNIX = tuple(f"/usr/bin/{name}" for name in
             ("bash", "sh", "ls", "grep", "awk", "sed", "make", "gcc", "cc1", "as", "ld", "cron",
                                             "python3", "git", "ssh", "run-parts", "cat", "find", "xargs"))  # fmt: skip
ATTACK = (
    (*WINDOWS_BASE, "c:/program files/contoso/editor.exe", f"{S32}cmd.exe", f"{S32}whoami.exe"),
    (*WINDOWS_BASE, f"{S32}spoolsv.exe", f"{S32}cmd.exe", "c:/users/?/appdata/local/temp/qzxv.exe"),
    ("/usr/lib/systemd/systemd", "/usr/sbin/nginx", "/usr/bin/sh", "/usr/bin/curl", "/tmp/.x/kworkerds"),
)


def make_corpus(chains: dict[tuple[str, ...], int], hosts: int = 5, days: float = 2.0) -> ChainCorpus:
    """A corpus from chain -> count; a chain occurs on min(count, hosts) hosts."""
    paths = tuple(sorted({step for chain in chains for step in chain}))
    code = {path: i for i, path in enumerate(paths)}
    steps = np.full((len(chains), MAX_STEPS), -1, dtype=np.int32)
    for row, chain in enumerate(chains):
        steps[row, : len(chain)] = [code[step] for step in chain]
    counts = np.array(list(chains.values()), dtype=np.int64)
    keys = [
        hashlib.blake2b(b"\x1f".join(s.encode("utf-8", "surrogatepass") for s in chain), digest_size=16).hexdigest()
        for chain in chains
    ]
    return ChainCorpus(
        ids=np.arange(1, len(chains) + 1, dtype=np.int64) * 3,
        keys=keys,
        paths=paths,
        steps=steps,
        lengths=np.array([len(chain) for chain in chains], dtype=np.int32),
        counts=counts,
        hosts=np.minimum(counts, hosts).astype(np.int32),
        first_us=np.zeros(len(chains), dtype=np.int64),
        host_total=hosts,
        host_days=hosts * days,
    )


def estate(size: int = 300, seed: int = 0, attacks: bool = False) -> dict[tuple[str, ...], int]:
    """About `size` everyday chains -> counts, every prefix included; with `attacks` the planted ones, once each."""
    random = np.random.default_rng(seed)
    chains: dict[tuple[str, ...], int] = {}

    def add(*steps: str) -> None:
        for end in range(1, min(len(steps), MAX_STEPS) + 1):
            chains[steps[:end]] = chains.get(steps[:end], 0) + 1

    # Every program starts only a few others, as in reality; which ones is drawn once.
    children = {path: random.choice(pool, size=4) for pool in (APPS, UNIX) for path in pool}
    for _ in range(60 * size):
        if len(chains) >= size:
            break
        if random.random() < 0.6:
            chain = [*WINDOWS_BASE, SERVICES[random.zipf(1.7) % len(SERVICES)], APPS[random.zipf(1.5) % len(APPS)]]
        else:
            chain = ["/usr/lib/systemd/systemd", "/usr/sbin/sshd", "/usr/bin/bash", UNIX[random.zipf(1.5) % len(UNIX)]]
        for _ in range(random.integers(0, 5)):
            chain.append(str(children[chain[-1]][random.zipf(1.6) % 4]))
        add(*chain)
    if attacks:
        for chain in ATTACK:
            chains.setdefault(chain, 1)
    return chains
