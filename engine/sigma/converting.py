"""What the process does that reads rules: one file of YAML in, JSON out (engine.readers.crew.hand.Answerer).

Rules are hostile. A file of values that are expanded takes minutes and gigabytes, and nothing stops a library
from inside. So they are read where whoever asks can end it: engine/sigma/conversion.py. Only here is pySigma imported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import orjson

from engine.domain.marks import LONGEST_ID, LONGEST_TITLE, MOST_TECHNIQUES, level_of
from engine.sigma.rules import ANYWHERE, FIELDS, SYSTEMS, TABLE, WhyLeft

DEEPEST = 48
"""Lists and maps in one another; a rule has six."""
MOST_NODES = 200_000
LONGEST_QUERY = 1 << 20
"""Characters of all conditions of a rule; what has more is made to have more."""
MOST_FIELDS = 200
LONGEST_DETAIL = 300
CATEGORY = "process_creation"
TECHNIQUE = re.compile(r"t\d{4}(?:\.\d{3})?")
KEPT = frozenset(field.lower() for field in (*FIELDS, ANYWHERE))


def answer(settings: bytes, number: int, block: bytes) -> bytes:
    """JSON of every rule in a file: what engine.sigma.conversion.read makes ConvertedRule and RuleLeft of.

    settings: how many bytes of memory there are, 0 for no limit.
    """
    _bound(int(settings))
    try:
        return orjson.dumps([*_rules(block)])
    except Exception as error:  # whatever a library does about a hostile file costs that file
        return orjson.dumps([_left("", WhyLeft.UNREADABLE, error)])


@cache
def _bound(memory: int) -> None:
    """Give this process so much memory and no more, where the system has such a limit."""
    if not memory:
        return
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _rules(block: bytes) -> Iterator[dict[str, Any]]:
    from sigma.collection import SigmaCollection
    from sigma.correlations import SigmaCorrelationRule
    from sigma.exceptions import SigmaError

    documents = _documents(block)
    if not documents:
        yield _left("", WhyLeft.UNREADABLE, ValueError("There is no document in it."))
        return
    if not any(map(_asked_of_processes, documents)):
        yield from (_left(_title(one.get("title")), _why_not(one)) for one in documents)
        return
    # Without its reference a correlation is no error here: none is run.
    found = SigmaCollection.from_dicts(documents, collect_errors=True, resolve_references=False)
    for error in found.errors:
        if not any(error in rule.errors for rule in found.rules):
            yield _left("", WhyLeft.UNREADABLE, error)
    for rule in found.rules:
        title = _title(rule.title)
        if rule.errors:
            yield _left(title, WhyLeft.UNREADABLE, rule.errors[0])
        elif isinstance(rule, SigmaCorrelationRule):
            yield _left(title, WhyLeft.RELATED)
        else:
            try:
                yield _converted(rule)
            except SigmaError as error:
                yield _left(title, WhyLeft.UNCONVERTED, error)


def _documents(block: bytes) -> list[dict[str, Any]]:
    """The maps of a file. Raises what the parser raises; ValueError for what is too deep, too long or no map."""
    import yaml
    from sigma.rule.base import SigmaYAMLLoader

    depth = nodes = 0
    for event in yaml.parse(block, Loader=yaml.CSafeLoader):
        begins = isinstance(event, yaml.CollectionStartEvent)
        depth += begins - isinstance(event, yaml.CollectionEndEvent)
        nodes += begins or isinstance(event, yaml.NodeEvent)
        if depth > DEEPEST or nodes > MOST_NODES:
            raise ValueError("It is nested deeper, or is longer, than any rule.")
    found = [one for one in yaml.load_all(block, Loader=SigmaYAMLLoader) if one is not None]
    if not all(isinstance(one, dict) for one in found):
        raise ValueError("It is no map of a rule.")
    return found


def _asked_of_processes(document: dict[str, Any]) -> bool:
    source = document.get("logsource")
    return isinstance(source, dict) and source.get("category") == CATEGORY


def _why_not(document: dict[str, Any]) -> WhyLeft:
    return WhyLeft.RELATED if {"correlation", "filter"} & document.keys() else WhyLeft.ELSEWHERE


def _converted(rule: Any) -> dict[str, Any]:
    from sigma.backends.sqlite import sqliteBackend

    title = _title(rule.title)
    source = rule.logsource
    if source.category != CATEGORY:
        return _left(title, WhyLeft.ELSEWHERE)
    product = str(source.product or "").lower()
    if product not in SYSTEMS:
        return _left(title, WhyLeft.PRODUCT, ValueError(product))
    if rule.status is not None and rule.status.name.lower() in {"deprecated", "unsupported"}:
        return _left(title, WhyLeft.WITHDRAWN)
    # Columns ignore the case of ASCII themselves (store/processes/marks/scratch.py).
    backend = sqliteBackend(table=TABLE, fulltext_field=ANYWHERE)
    queries = backend.convert_rule(rule)
    fields = backend.required_fields(rule)
    if sum(map(len, queries)) > LONGEST_QUERY or len(fields) > MOST_FIELDS:
        return _left(title, WhyLeft.UNCONVERTED, ValueError("Its conditions are longer than any rule's."))
    if KEPT.isdisjoint(field.lower() for field in fields):
        return _left(title, WhyLeft.FIELDS, ValueError(", ".join(fields)))
    return {
        "title": title or "(without a title)",
        "level": level_of(rule.level.name) if rule.level is not None else "",
        "rule": str(rule.id or "")[:LONGEST_ID],
        "techniques": _techniques(rule),
        "system": SYSTEMS[product],
        "fields": fields,
        "queries": queries,
    }


def _techniques(rule: Any) -> list[str]:
    names = (str(tag.name).lower() for tag in rule.tags if str(tag.namespace).lower() == "attack")
    return list(dict.fromkeys(name.upper() for name in names if TECHNIQUE.fullmatch(name)))[:MOST_TECHNIQUES]


def _title(text: object) -> str:
    return " ".join(str(text or "").split())[:LONGEST_TITLE]


def _left(title: str, why: WhyLeft, error: Exception | None = None) -> dict[str, Any]:
    said = "" if error is None else " ".join(f"{error}".split()) or type(error).__name__
    return {"left": why.value, "title": title, "detail": said[:LONGEST_DETAIL]}
