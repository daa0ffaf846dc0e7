"""One finding for `oddkin show`: its figures, its chains as one tree, its chains as rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from rich.console import RenderableType
from rich.text import Text

from store.base.views import FindingView, QueueRow
from tui.render import chain_tree, queue_table
from tui.words.words import SHORT_KEY, many, on_hosts, verdict_mark, when


def parts(whole: FindingView, chains: Sequence[QueueRow], width: int) -> Iterator[RenderableType]:
    """Top to bottom."""
    yield Text(headline(whole), style="bold")
    yield Text("")
    yield from tree(chains)
    yield Text("")
    yield queue_table.table(chains, width)
    more = whole.chains - len(chains)
    if more > 0:
        yield Text(f"… {more:,} more chains; --limit shows them", style="dim")
    if chains:
        yield Text(f"Step by step: oddkin show {chains[0].key[:SHORT_KEY]}", style="dim")


def headline(whole: FindingView) -> str:
    """Identity and what it covers, in one line."""
    said = [
        f"Finding {whole.number}",
        f"score {whole.score:.3f}",
        many(whole.chains, "chain"),
        on_hosts(whole.processes, whole.hosts),
    ]
    if whole.first_us is not None:
        said.append(f"{when(whole.first_us)} … {when(whole.last_us)}")
    return " · ".join([*said, whole.key[:SHORT_KEY]])


def tree(chains: Sequence[QueueRow]) -> Iterator[Text]:
    """The tree that the chains are branches of; behind each end its rank, its score, how often it was seen, its verdict."""
    for line in chain_tree.lines(chain_tree.grown([row.steps for row in chains])):
        drawn = Text(line.lead, style="dim", no_wrap=True, overflow="ellipsis")
        if line.ends is None:
            drawn.append(line.names, style="dim")
        else:
            row = chains[line.ends]
            drawn.append(line.names, style="bold" if row.finding else "")
            verdict = verdict_mark(row.verdict)
            drawn.append(f"  #{row.rank:,}  {row.score:.3f}  ×{row.count:,}" + (f"  {verdict}" if verdict else ""), style="dim")
        yield drawn


def as_json(whole: FindingView, chains: Sequence[QueueRow]) -> str:
    """Figures and chains, machine-readable; JSON escapes what a terminal would interpret."""
    figures = {name: value for name, value in asdict(whole).items() if name not in {"set_id", "mixed"}}
    return json.dumps({"finding": figures, "chains": [queue_table.plain(row) for row in chains]}, indent=1)
