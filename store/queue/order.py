"""Orders of the queue other than by rank. Rank breaks every tie, so an order is total and the same each time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Order:
    """An order and the SQL that makes it; `c` is chain and `s` is score."""

    name: str
    sql: str
    reverse: str
    keys: tuple[tuple[str, bool], ...] = ()
    """The same as columns and whether each descends; unknown values come last either way (store/queue/sort.py)."""
    from_chain: bool = False
    """Every column but the rank is the chain's: reading the chains in their own order and finding each one's rank in an
    index is several times faster than the other way round.
    """
    learnt: bool = False
    """Made by labels and not by SQL: packed beside the scores (store/learnt/packed.py). Where nothing is learnt it is by rank."""

    def clause(self, *, reverse: bool = False) -> str:
        """What stands behind ORDER BY, ties broken by rank."""
        return (self.reverse if reverse else self.sql) + ", s.rank"


RANK = Order("rank", "s.rank", "s.rank DESC", (("rank", False),))
ORDERS = (
    RANK,
    Order(
        "rarity",
        "c.count, c.host_count",
        "c.count DESC, c.host_count DESC",
        (("count", False), ("host_count", False)),
        from_chain=True,
    ),
    Order(
        "hosts",
        "c.host_count DESC, c.count DESC",
        "c.host_count, c.count",
        (("host_count", True), ("count", True)),
        from_chain=True,
    ),
    # Chains without a time come last either way: nothing can be said about when they were.
    Order(
        "first seen",
        "c.first_us IS NULL, c.first_us",
        "c.first_us IS NULL, c.first_us DESC",
        (("first_us", False),),
        from_chain=True,
    ),
    Order(
        "last seen", "c.last_us IS NULL, c.last_us DESC", "c.last_us IS NULL, c.last_us", (("last_us", True),), from_chain=True
    ),
    # Chains of one finding together, the best finding first; what belongs to none behind.
    Order("finding", "s.finding = 0, s.finding", "s.finding = 0, s.finding DESC", (("nullif(finding, 0)", False),)),
    Order("length", "c.length DESC", "c.length", (("length", True),), from_chain=True),
)

LEARNT = Order("learnt", RANK.sql, RANK.reverse, learnt=True)
DIVERSE = Order("diverse", RANK.sql, RANK.reverse, learnt=True)
UNCERTAIN = Order("uncertain", RANK.sql, RANK.reverse, learnt=True)
MODES = (LEARNT, DIVERSE, UNCERTAIN, RANK)
"""What to be asked next: what labels make the likeliest, one of each kind of look-alikes, what labels say least of; and what
the detector says by itself."""
