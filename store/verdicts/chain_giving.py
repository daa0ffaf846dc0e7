"""Verdicts on chains that are named by their keys: all of a chain or nothing of it, as before there were incidents."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from engine.errors import UsageError
from store.chains.lookup import chain_of
from store.evidence.cases import host_id
from store.queue.covered import of_chains as coverage_of
from store.scope.rules import steps_of
from store.scope.scopes import CHAIN, Scope
from store.verdicts.acts import Change, append
from store.verdicts.chain_extent import ChainExtent, of_chains, of_scope
from store.verdicts.extent import Given
from store.verdicts.giving import Wanted, narrower


def extent(connection: Connection, case: int, keys: Sequence[str], scope: Scope) -> ChainExtent:
    """What a verdict on chains (on one chain, with a scope of its own) would extend to."""
    if scope.prefix is None:
        return of_chains(connection, case, keys)
    if len(keys) != 1:
        raise UsageError("Only one chain can say what others begin with.")
    return of_scope(connection, case, chain_of(connection, case, keys[0]), scope)


def give(connection: Connection, case: int, keys: Sequence[str], scope: Scope, wanted: Wanted, author: str, at_us: int) -> Given:
    """Decided chains are left as they are unless they are to be overwritten. Needs a write transaction.

    `above`: only to the chains above the threshold, also of those that begin alike: each of them gets a verdict of its own.
    Without it what begins alike gets one verdict, and to overwrite also replaces those that would count more. Taking verdicts
    away (None) leaves the undecided as they are, of course.
    """
    if scope.host is not None:
        host_id(connection, case, scope.host)
    verdict, note, overwrite = wanted.verdict, wanted.note, wanted.overwrite
    whole = extent(connection, case, keys, scope)
    wide = scope.prefix is not None and not wanted.above
    chosen = whole.part(above=wanted.above, overwrite=overwrite or verdict is None)
    skipped = [] if overwrite or verdict is None else [one.key for one in whole.chains if one.verdict is not None]
    if wide:
        changes = [Change(keys[0], scope, verdict, note)]
        changes += narrower(connection, case, chain_of(connection, case, keys[0]), scope, wanted) if overwrite else []
    else:
        own = CHAIN if scope.prefix is not None else scope
        chosen = tuple(one for one in chosen if verdict is not None or one.verdict is not None)
        changes = [Change(one.key, own, verdict, note) for one in chosen]
        if overwrite:
            steps = steps_of(connection, case, [one.key for one in chosen])
            for one in chosen:
                changes += narrower(connection, case, (one.chain_id, steps[one.key]), own, wanted)
    done = append(connection, case, changes, author, at_us)
    covers = coverage_of(connection, [one.chain_id for one in chosen])
    return Given(done.batch, tuple(one.key for one in chosen), tuple(skipped), covers, done.notes)
