"""What is said of an estate that was ranked on workers: how much there was, what is kept of it, and what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.words.words import many, paste

if TYPE_CHECKING:
    from engine.jobs.fleet.run import FleetReport

ONLY_FINDINGS = "holds the findings of an estate and not all of its processes"


def fleet_lines(report: FleetReport) -> list[str]:
    """Sentences, the size of the estate first."""
    travelled = report.bytes_packed / max(report.ingest.kept, 1)
    lines = [
        f"Estate: {many(report.hosts, 'host')}, {many(report.processes, 'process', 'processes')},"
        f" {many(report.chains, 'different chain')}; {travelled:,.0f} bytes an event travelled between workers"
    ]
    chosen = report.chosen
    if chosen is None:
        return [*lines, "Nothing was ranked and no case was made: there is no process."]
    left = chosen.every - chosen.findings
    missing = chosen.above - min(chosen.above, chosen.findings)
    lines.append(
        f"Kept: the first {many(chosen.findings, 'finding')} of {chosen.every:,}"
        f" ({chosen.above:,} above the threshold), with {many(report.kept, 'process', 'processes')} and what these hang from;"
        " chains, hosts and their counts are of the whole estate"
    )
    if left:
        lines.append(
            f"Left out: {many(left, 'finding')} further down, and the processes of no kept finding (--findings N keeps more)"
        )
    if missing:
        lines.append(f"Of the findings above the threshold at most {missing:,} are left out too: they cover too many processes")
    return lines


def next_line(case: str) -> str:
    """The command to go on with."""
    return f"Next: oddkin rank --case {paste(case)}"
