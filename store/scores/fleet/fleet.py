"""engine.jobs.fleet.run.FleetStore: an estate's findings as a case that is ranked, in one transaction."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from engine.errors import UsageError
from engine.fleet.kept import VariantCounts, of_rows
from engine.jobs.fleet.run import FleetCase
from engine.progress import Run
from store.base.database import Topic
from store.base.text import bindable
from store.custody import models as audited_models
from store.custody import sources as audited_sources
from store.custody.journal import record
from store.evidence.cases import case_named
from store.exceptions import coverage
from store.schema import witness
from store.scores import rows
from store.scores.fleet.evidence import EvidenceWriter, WrittenEvidence

VARIANT = "UPDATE variant SET processes = ?, hosts = ? WHERE set_id = ? AND chain_id = ? AND shape = ?"
TOLD = 1_000
"""Sources of one entry of the audit."""


class FleetCases(Topic):
    """Cases that hold the findings of an estate."""

    def refuse_known(self, case: str) -> None:
        """Raise UsageError where there is such a case: what it holds was ranked among other processes."""
        self._database.check_writable()
        with self._database.read() as connection:
            found = connection.exec_driver_sql("SELECT 1 FROM cases WHERE name = CAST(? AS TEXT)", (bindable(case),)).scalar()
        if found is not None:
            raise UsageError(
                f"There is a case {case!r} already.", remedy="A fleet makes a case of its own: name another one with --case."
            )

    def keep(self, fleet: FleetCase, model_id: str, run: Run) -> None:
        """Write all of it or nothing. Raises UsageError for a name that is no name, or that somebody took meanwhile."""
        acting = self._database.acting
        with self._database.write() as connection:
            number, new = case_named(connection, fleet.case)
            if not new:
                raise UsageError(f"There is a case {fleet.case!r} already.", remedy="Name another one with --case.")
            ingested = [(number, bindable(path)) for path in fleet.named]
            connection.exec_driver_sql("INSERT INTO ingested VALUES (?, CAST(? AS TEXT)) ON CONFLICT DO NOTHING", ingested)
            audited_sources.began(connection, acting, fleet.case, number, fleet.named, new=True)
            written = EvidenceWriter(connection, number).write(fleet, run)
            self._tell(connection, fleet, number, written)
            scores = of_rows(replace(fleet.scores, ids=written.chains), written.rows, written.processes)
            rows.replace(connection, number, model_id, scores)
            set_id = rows.set_of(connection, number, model_id)
            assert set_id is not None
            _count_variants(connection, set_id, fleet.variants, written)
            witness.keep(connection, witness.SCORES, set_id)
            coverage.refresh(connection, number)
            audited_models.ranked(connection, acting, fleet.case, number, model_id, use=True)
            run.raise_if_cancelled()
            connection.commit()

    def _tell(self, connection: Connection, fleet: FleetCase, number: int, written: WrittenEvidence) -> None:
        """In the audit: what was read, and how much of it is here."""
        acting, case = self._database.acting, fleet.case
        for begin in range(0, len(fleet.sources), TOLD):
            told = [
                {
                    "path": one.path, "sha256": one.sha256, "size": one.size, "format": one.format, "records": one.items,
                    "kept": one.kept, "rejected": one.rejected, "error": one.error or None, "container": one.container,
                }
                for one in fleet.sources[begin : begin + TOLD]
            ]  # fmt: skip
            record(connection, acting, "fleet sources", {"sources": told}, case=case)
        unread = [{"path": one.path, "error": one.error} for one in fleet.unread]
        figures = {
            "id": number, "sources": len(fleet.sources), "unread": unread, "hosts": len(fleet.estate.hosts),
            "processes": len(fleet.estate.table), "kept_processes": len(written.rows), "chains": len(fleet.estate.corpus),
            "findings": fleet.chosen.every, "kept_findings": fleet.chosen.findings,
        }  # fmt: skip
        record(connection, acting, "fleet kept", figures, case=case)


def _count_variants(connection: Connection, set_id: int, variants: VariantCounts, written: WrittenEvidence) -> None:
    """Variants that are here say how many processes of the estate they are."""
    columns = (variants.processes, variants.hosts, written.chains[variants.chain], variants.shape)
    processes, hosts, chain, shape = (column.tolist() for column in columns)
    there = {
        (int(one), int(other))
        for one, other in connection.exec_driver_sql("SELECT chain_id, shape FROM variant WHERE set_id = ?", (set_id,))
    }
    changed = [
        (count, on, set_id, *variant)
        for count, on, variant in zip(processes, hosts, zip(chain, shape, strict=True), strict=True)
        if variant in there
    ]
    if changed:
        connection.exec_driver_sql(VARIANT, changed)
