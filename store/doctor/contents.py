"""What SQLite takes for sound and an export would show all the same: texts, keys, counts, both accounts of everything else."""

from __future__ import annotations

from functools import partial
from itertools import count

from sqlalchemy import Connection

from engine.lineage.chainset import chain_key
from engine.progress import Run, Step
from store.base import ids
from store.base.blocks import blocks
from store.base.packed import STEP_BYTES, unpack_steps
from store.base.text import digest_of, plain
from store.narrow import resolved
from store.schema import witness
from store.schema.evidence import FAILED, READING

LARGE = {
    witness.PROCESSES: ("SELECT id FROM host WHERE unlinked = 0 AND linked_us IS NOT NULL ORDER BY id", "processes of host"),
    witness.ENDS: (
        "SELECT id FROM host h WHERE unlinked = 0 AND linked_us IS NOT NULL AND (EXISTS (SELECT 1 FROM process_end WHERE"
        " host_id = h.id) OR EXISTS (SELECT 1 FROM witness WHERE kind = 'ends' AND key = quote(h.id))) ORDER BY id",
        "ends of processes of host",
    ),
    # Where a chain is gone its score went with it: the digest is of more than there is, until the case is scored again.
    witness.SCORES: (
        "SELECT id FROM score_set s WHERE chains = (SELECT count(*) FROM score WHERE set_id = s.id) ORDER BY id",
        "scores of scoring",
    ),
    witness.LEARNT: ("SELECT set_id FROM learnt_queue ORDER BY set_id", "learnt order of scoring"),
}
FEWER = "SELECT id FROM score_set s WHERE chains != (SELECT count(*) FROM score WHERE set_id = s.id) ORDER BY id"
COUNTED = """
SELECT count(*) FROM chain c JOIN cases k ON k.id = c.case_id AND k.stale = 0 LEFT JOIN (
    SELECT chain_id, sum(count) AS count, count(*) AS hosts, min(first_us) AS first, max(last_us) AS last
    FROM chain_host GROUP BY chain_id
) h ON h.chain_id = c.id
WHERE c.count IS NOT coalesce(h.count, 0) OR c.host_count IS NOT coalesce(h.hosts, 0)
    OR c.first_us IS NOT h.first OR c.last_us IS NOT h.last
"""
DISAGREEING = {
    "{count} chains are of another case than hosts on which they occur": (
        "SELECT count(DISTINCT c.id) FROM chain_host o JOIN host h ON h.id = o.host_id JOIN chain c ON c.id = o.chain_id"
        " WHERE h.case_id != c.case_id"
    ),
    "{count} hosts have processes from a source of another case": (
        "SELECT count(DISTINCT h.id) FROM"
        " (SELECT DISTINCT id >> 32 AS host, source_id FROM process WHERE source_id IS NOT NULL) p"
        " JOIN host h ON h.id = p.host JOIN source s ON s.id = p.source_id WHERE h.case_id != s.case_id"
    ),
    "{count} scorings have chains of another case": (
        "SELECT count(DISTINCT t.id) FROM score s JOIN score_set t ON t.id = s.set_id JOIN chain c ON c.id = s.chain_id"
        " WHERE c.case_id != t.case_id"
    ),
    "{count} scorings have incidents of a host of another case": (
        "SELECT count(DISTINCT t.id) FROM incident i JOIN score_set t ON t.id = i.set_id JOIN host h ON h.id = i.host_id"
        " WHERE h.case_id != t.case_id"
    ),
    "{count} scorings have findings with other incidents than they say, or incidents of no finding": (
        "SELECT count(DISTINCT set_id) FROM (SELECT f.set_id FROM finding f WHERE (f.incidents, f.processes, f.odd) != (SELECT"
        " count(*), coalesce(sum(i.processes), 0), coalesce(sum(i.odd), 0) FROM incident i WHERE i.set_id = f.set_id AND"
        " i.finding = f.rank) UNION ALL SELECT i.set_id FROM incident i WHERE NOT EXISTS (SELECT 1 FROM finding f"
        " WHERE f.set_id = i.set_id AND f.rank = i.finding))"
    ),
    "{count} scorings have incidents that cover other processes than they say, or processes of no incident": (
        "SELECT count(DISTINCT set_id) FROM (SELECT i.set_id FROM incident i WHERE (i.processes, i.odd) != (SELECT count(*),"
        " coalesce(sum(v.odd), 0) FROM covered v INDEXED BY covered_incident WHERE v.set_id = i.set_id AND v.incident = i.number"
        f" AND v.process_id & {ids.FIRST_PLACEHOLDER} = 0) UNION ALL SELECT v.set_id FROM covered v WHERE NOT EXISTS"
        " (SELECT 1 FROM incident i INDEXED BY incident_number WHERE i.set_id = v.set_id AND i.number = v.incident))"
    ),
    "{count} scorings have findings that end in other chains than they say, or chains of no finding": (
        "SELECT count(DISTINCT set_id) FROM (SELECT f.set_id FROM finding f WHERE f.chains != (SELECT count(*) FROM"
        " finding_chain m WHERE m.set_id = f.set_id AND m.finding = f.rank) UNION ALL SELECT m.set_id FROM finding_chain m"
        " WHERE NOT EXISTS (SELECT 1 FROM finding f WHERE f.set_id = m.set_id AND f.rank = m.finding))"
    ),
    "{count} scorings have variants or remote starts of another case": (
        "SELECT count(DISTINCT t.id) FROM (SELECT v.set_id, c.case_id FROM variant v JOIN chain c ON c.id = v.chain_id"
        f" UNION ALL SELECT r.set_id, h.case_id FROM related r JOIN host h ON h.id IN (r.from_process >> {ids.SHIFT},"
        f" r.to_process >> {ids.SHIFT})) o JOIN score_set t ON t.id = o.set_id WHERE o.case_id != t.case_id"
    ),
    "{count} sources have an error and are not failed, or an end and are not at it, or the other way round": (
        f"SELECT count(*) FROM source WHERE (state = '{FAILED}') != (error IS NOT NULL)"
        f" OR (state = '{READING}') != (finished_us IS NULL)"
    ),
    "{count} verdicts were given by an act that oddkin does not know, or reverse what they do not name": (
        "SELECT count(*) FROM label_event WHERE action NOT IN ('set', 'merge', 'undo', 'redo')"
        " OR (action IN ('set', 'merge')) != (undoes IS NULL)"
    ),
    "{count} verdicts that hold are not those of the act that gave them": (
        "SELECT count(*) FROM label_current l LEFT JOIN label_event e ON e.id = l.event_id WHERE e.case_id IS NOT l.case_id"
        " OR e.chain_key IS NOT l.chain_key OR e.scope IS NOT l.scope OR e.verdict IS NOT l.verdict"
    ),
}
"""What two tables say differently. The second account knows what was written, whoever wrote it: a program that changes a row
through SQLite changes both. What it does not know of is the row's company.
"""


def at(run: Run, what: str, done: int = 0, total: int | None = None) -> None:
    """Tell how far the checks are. Raises Cancelled."""
    run.raise_if_cancelled()
    run.report(Step("check", done, total, detail=what))


def contents(connection: Connection, run: Run) -> tuple[list[str], list[str]]:
    """What is wrong, in words, and what cannot be checked."""
    texts = {table: _texts(connection, table, run) for table in ("string", "path")}
    found = [f"{wrong:,} texts of the table {table} are not what was written" for table, wrong in texts.items() if wrong]
    if wrong := _chains(connection, run):
        found.append(f"{wrong:,} chains have other steps than their keys say, or other counts than their hosts")
    if wrong := _resolved(connection, run):
        found.append(f"{wrong:,} processes have another verdict than the labels on them and on their variants say")
    at(run, "agreement")
    for told, query in DISAGREEING.items():
        if count_of := int(connection.exec_driver_sql(query).scalar_one()):
            found.append(told.format(count=f"{count_of:,}"))
    found += [f"{rows:,} rows of the table {table} are not what was written" for table, rows in witness.small(connection)]
    unknown = []
    for kind, (query, named) in LARGE.items():
        numbers = [int(row[0]) for row in connection.exec_driver_sql(query)]
        done = count()
        wrongs, missing = witness.large(connection, kind, numbers, partial(_step, run, kind, done, len(numbers)))
        found += [f"The {named} {number} are not what was written" for number in wrongs]
        unknown += [f"the {named} {number}" for number in missing]
    unknown += [f"the scores of scoring {row[0]} (chains were removed since)" for row in connection.exec_driver_sql(FEWER)]
    return found, unknown


def _step(run: Run, kind: str, done: count[int], total: int) -> None:
    at(run, kind, next(done), total)


def _texts(connection: Connection, table: str, run: Run) -> int:
    """How many texts have another digest than the one that they are found by."""
    total = int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())
    wrong = done = 0
    for rows in blocks(connection, f"SELECT digest, CAST(text AS BLOB) FROM {table}"):
        at(run, "texts", done, total)
        wrong += sum(digest_of(stored) != digest for digest, stored in rows)
        done += len(rows)
    return wrong


def _chains(connection: Connection, run: Run) -> int:
    """How many chains have steps that do not give their key, or counts that are not those of their hosts."""
    at(run, "chains")
    paths = {row[0]: plain(row[1]) for row in connection.exec_driver_sql("SELECT id, CAST(text AS BLOB) FROM path")}
    wrong = 0
    for rows in blocks(connection, "SELECT key, steps, length FROM chain"):
        at(run, "chains")
        for key, steps, length in rows:
            sound = isinstance(steps, bytes) and isinstance(length, int) and len(steps) == STEP_BYTES * length
            wrong += not sound or chain_key([paths.get(number, b"") for number in unpack_steps(steps)]) != key
    return wrong + int(connection.exec_driver_sql(COUNTED).scalar_one())


def _resolved(connection: Connection, run: Run) -> int:
    """How many processes have another verdict by themselves or their variants than the verdicts that hold give them."""
    wrong = 0
    hosts = "SELECT id, case_id FROM host WHERE unlinked = 0 AND linked_us IS NOT NULL ORDER BY id"
    for host, case in connection.exec_driver_sql(hosts).all():
        at(run, "verdicts")
        stored = "SELECT * FROM process_verdict WHERE process_id BETWEEN ? AND ?"
        rows = {tuple(row) for row in connection.exec_driver_sql(stored, ids.records(host))}
        wanted = {tuple(row) for row in resolved.expected(connection, case, host).values()}
        wrong += len({row[0] for row in rows ^ wanted})
    return wrong
