"""Normalisation rules of the workspace, and the sets of them that models were trained with."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, insert, select, update

from engine.errors import NotFound, UsageError
from engine.rules.learning.estate import EstatePaths
from engine.rules.rule import Rule, RuleSet, State
from store.base import ids
from store.base.clock import now_us
from store.base.database import Topic
from store.base.errors import there_are
from store.base.interning import in_chunks
from store.chains.process_columns import host_order
from store.custody.journal import record
from store.evidence import staged_rows
from store.evidence.cases import case_id
from store.schema.models import RuleRow, RuleSetMember, RuleSetRow

if TYPE_CHECKING:
    from engine.rules.learning.learn import LearntRules
    from engine.rules.learning.patterns import Patterns

FOLDER = "patterns"


class Rules(Topic):
    """engine.jobs.ports.rules.RuleStore, and what the front ends ask."""

    def load_paths(self, cases: Sequence[str]) -> EstatePaths:
        """Paths of images and parents' images, per host. Raises NotFound for a case that is none."""
        pairs: set[tuple[int, int]] = set()
        with self._database.read() as connection:
            order = host_order(connection, [case_id(connection, name) for name in dict.fromkeys(cases)])
            for host in order:
                pairs.update((host, image) for image in _images(connection, host))
            images = sorted({image for _, image in pairs})
            query = "SELECT image.id, path.text FROM image JOIN path ON path.id = image.path_id WHERE image.id IN ({})"
            texts = {number: text for number, text in in_chunks(connection, query, images) if text}
        # Paths by text and hosts by name: learning samples both, and must not depend on which log came first.
        place = {text: at for at, text in enumerate(sorted(set(texts.values())))}
        number = {host: at for at, host in enumerate(order)}
        found = sorted({(place[texts[image]], number[host]) for host, image in pairs if image in texts})
        hosts: list[list[int]] = [[] for _ in place]
        for path, host in found:
            hosts[path].append(host)
        return EstatePaths.of(tuple(place), hosts)

    def list(self) -> tuple[Rule, ...]:
        """Every rule, in order of application."""
        with self._database.read() as connection:
            return _all(connection)

    def find(self, number: int) -> Rule:
        """One rule. Raises NotFound."""
        found = next((rule for rule in self.list() if rule.id == number), None)
        if found is None:
            raise _no_rule(number, self.list())
        return found

    def accepted(self) -> RuleSet:
        """The rules that are applied."""
        return RuleSet.of(self.list())

    def decide(self, number: int, state: State) -> Rule:
        """Accept or reject. A refused rule cannot be accepted (UsageError). Raises NotFound."""
        with self._database.write() as connection:
            rule = next((one for one in _all(connection) if one.id == number), None)
            if rule is None:
                raise _no_rule(number, _all(connection))
            decided = rule.decided(state)
            values = {"state": state.value, "decided_us": now_us()}
            connection.execute(update(RuleRow).where(RuleRow.id == number).values(values))
            self._log(connection, f"rule {state.value}", replace(decided, id=number))
            connection.commit()
        return decided

    def _log(self, connection: Connection, act: str, rule: Rule, **more: object) -> None:
        told = {"pattern": rule.pattern, "replacement": rule.replacement, "version": rule.version}
        record(connection, self._database.acting, act, {"rule": rule.id, **told, **more})

    def add(self, rule: Rule, *, instead: int | None = None) -> Rule:
        """Add one that a person wrote or edited, `instead` of another, which becomes rejected. Raises UsageError for a repeat."""
        with self._database.write() as connection:
            known = _all(connection)
            same = next((one for one in known if one.identity == rule.identity and one.state is not State.REJECTED), None)
            if same is not None:
                raise UsageError(f"Rule {same.id} says just that.", remedy=f"oddkin rules show {same.id}")
            if instead is not None:
                old = next((one for one in known if one.id == instead), None)
                if old is None:
                    raise NotFound(f"There is no rule {instead}.")
                rule = replace(rule, version=old.version + 1)
                values = {"state": State.REJECTED.value, "decided_us": now_us()}
                connection.execute(update(RuleRow).where(RuleRow.id == instead).values(values))
            number = _insert(connection, rule, decided=True)
            self._log(connection, "rule added", replace(rule, id=number), instead=instead)
            connection.commit()
        return replace(rule, id=number)

    def save_learnt(self, learnt: LearntRules) -> tuple[Rule, ...]:
        """Rules found again keep what was decided about them; automatic ones that were not found again go."""
        self._keep_patterns(learnt)
        with self._database.write() as connection:
            known = {rule.identity: rule for rule in _all(connection)}
            decided = set(connection.execute(select(RuleRow.id).where(RuleRow.decided_us.is_not(None))).scalars())
            fresh = {rule.identity for rule in learnt.rules}
            for identity, rule in known.items():
                if identity not in fresh and rule.id not in decided:
                    _retire(connection, rule)
            for rule in learnt.rules:
                old = known.get(rule.identity)
                if old is None:
                    _insert(connection, rule, decided=False)
                    continue
                kept = replace(rule, state=old.state if old.id in decided and not rule.refusals else rule.state)
                connection.execute(update(RuleRow).where(RuleRow.id == old.id).values(_values(kept)))
            found = _all(connection)
            states = Counter(rule.state.value for rule in found)
            accepted = RuleSet.of(found).fingerprint
            record(connection, self._database.acting, "rules learnt", {"rules": states, "fingerprint": accepted})
            connection.commit()
        return found

    def record(self, rules: RuleSet) -> int:
        """The number of this version of the rules; made when it is new. What a model was trained with can be looked up."""
        with self._database.write() as connection:
            query = select(RuleSetRow.id).where(RuleSetRow.fingerprint == rules.fingerprint)
            number = connection.execute(query.order_by(RuleSetRow.id).limit(1)).scalar()
            if number is None:
                row = insert(RuleSetRow).values(created_us=now_us(), fingerprint=rules.fingerprint).returning(RuleSetRow.id)
                number = connection.execute(row).scalar_one()
                members = [
                    {"set_id": number, "place": place, "rule_id": rule.id} for place, rule in enumerate(rules.rules) if rule.id
                ]
                if members:
                    connection.execute(insert(RuleSetMember), members)
                told = {"version": int(number), "fingerprint": rules.fingerprint, "rules": len(rules.rules)}
                record(connection, self._database.acting, "rules recorded", told)
                connection.commit()
        return int(number)

    def patterns(self) -> Patterns:
        """What the last learning saw. Raises NotFound when nothing was learnt, ModelCorrupt for damaged files."""
        from engine.rules.learning.patterns import load

        if not self._folder.is_dir():
            raise NotFound("No rules were learnt in this workspace yet.", remedy="Learn them: oddkin rules learn")
        return load(self._folder)

    @property
    def _folder(self) -> Path:
        return self._database.folder / FOLDER

    def _keep_patterns(self, learnt: LearntRules) -> None:
        """Written beside, then put in place: a killed run leaves the old or the new."""
        from engine.rules.learning.patterns import save

        staged = Path(tempfile.mkdtemp(prefix=".patterns-", dir=self._database.folder))
        try:
            save(learnt, staged)
            old = self._folder.with_name(".patterns-old")
            shutil.rmtree(old, ignore_errors=True)
            if self._folder.exists():
                self._folder.rename(old)
            staged.rename(self._folder)
            shutil.rmtree(old, ignore_errors=True)
        finally:
            shutil.rmtree(staged, ignore_errors=True)


def _images(connection: Connection, host: int) -> Iterable[int]:
    query = (
        "SELECT image_id FROM process WHERE id BETWEEN ?1 AND ?2 AND image_id IS NOT NULL"
        " UNION SELECT parent_image_id FROM process WHERE id BETWEEN ?1 AND ?2 AND parent_image_id IS NOT NULL"
    )
    linked = {int(row[0]) for row in connection.exec_driver_sql(query, ids.records(host))}
    waiting = (staged_rows.values(staged, ("image_id", "parent_image_id")) for staged in staged_rows.of_host(connection, host))
    return linked.union(*waiting)


def _no_rule(number: int, rules: Sequence[Rule]) -> NotFound:
    remedy = there_are([str(number) for number in sorted(rule.id or 0 for rule in rules)], "oddkin rules list")
    return NotFound(f"There is no rule {number}.", remedy=remedy)


def _all(connection: Connection) -> tuple[Rule, ...]:
    rows = connection.execute(select(RuleRow.__table__).order_by(RuleRow.id)).all()
    return tuple(sorted((rule for row in rows if (rule := _rule(row)) is not None), key=lambda rule: (rule.order, rule.identity)))


def _rule(row: Any) -> Rule | None:
    """None for a row that this version cannot read: one bad row must not keep the others from being applied."""
    try:
        more = json.loads(row.cluster)
        whole = more | {
            "pattern": row.pattern, "replacement": row.replacement, "support": row.support, "version": row.version,
        }  # fmt: skip
        return replace(Rule.from_dict(whole), id=int(row.id), state=State(row.state))
    except (ValueError, TypeError, UsageError, RecursionError):
        return None


def _values(rule: Rule) -> dict[str, Any]:
    more = {name: value for name, value in rule.to_dict().items() if name not in {"pattern", "replacement", "support", "version"}}
    return {
        "pattern": rule.pattern, "replacement": rule.replacement, "state": rule.state.value, "version": rule.version,
        "support": rule.support, "cluster": json.dumps(more),
    }  # fmt: skip


def _insert(connection: Connection, rule: Rule, *, decided: bool) -> int:
    values = _values(rule) | {"created_us": now_us(), "decided_us": now_us() if decided else None}
    return int(connection.execute(insert(RuleRow).values(values).returning(RuleRow.id)).scalar_one())


def _retire(connection: Connection, rule: Rule) -> None:
    """Remove a rule that learning no longer finds; one that a recorded version holds stays, rejected."""
    used = connection.execute(select(RuleSetMember.rule_id).where(RuleSetMember.rule_id == rule.id).limit(1)).scalar()
    if used is None:
        connection.execute(delete(RuleRow).where(RuleRow.id == rule.id))
    else:
        connection.execute(update(RuleRow).where(RuleRow.id == rule.id).values(state=State.REJECTED.value))
