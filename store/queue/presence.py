"""Who looks at which finding now, in a workspace that several people share: so that two do not judge the same one.

It is told, and nobody is kept out: whoever went home with a finding open would keep it from the others. A look ends when
another finding is looked at, when a verdict is given, and by itself after `LASTS_US`. By the server's clock, for each machine
has its own. A workspace in a file is one person's, and nothing is kept there.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass

from store.base.database import Database
from store.base.dialect import on_server
from store.evidence.cases import read_case
from store.scores.ranking import Ranking

LASTS_US = 5 * 60 * 1_000_000
"""How long a look counts that nobody renews."""
NOW = "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS INTEGER)"
LOOK = (
    f"INSERT INTO presence (session, who, case_id, set_id, finding, since_us, until_us) VALUES (?, ?, ?, ?, ?, {NOW}, {NOW} + ?)"
    " ON CONFLICT (session) DO UPDATE SET who = excluded.who, case_id = excluded.case_id, set_id = excluded.set_id,"
    " finding = excluded.finding, until_us = excluded.until_us, since_us = CASE WHEN presence.set_id = excluded.set_id"
    f" AND presence.finding = excluded.finding AND presence.until_us > {NOW} THEN presence.since_us ELSE excluded.since_us END"
)
OTHERS = (
    f"SELECT finding, who, ({NOW} - since_us) / 1000000 FROM presence WHERE set_id = ? AND until_us > {NOW} AND session != ?"
    " ORDER BY finding, who, session"
)


@dataclass(frozen=True, slots=True)
class PresenceView:
    """Somebody else who looks at a finding. `who` is what they call themselves: untrusted."""

    finding: int
    who: str
    seconds: int
    """Since when."""


class Presence:
    """Who is at work on a case besides this person. One person on one machine looks at one finding."""

    def __init__(self, database: Database) -> None:
        self._database = database
        machine = platform.node()
        self._who = f"{database.acting.who}@{machine}" if machine else database.acting.who

    def look(self, case: str, finding: int) -> None:
        """From now on this person looks at a finding of the scoring in use. Raises NotFound."""
        with self._database.beside() as connection:
            found = self._in_use(case) if on_server(connection) else None
            if found is not None:
                number, set_id = found
                connection.exec_driver_sql(LOOK, (self._who, self._who, number, set_id, finding, LASTS_US))
                connection.commit()

    def leave(self) -> None:
        """They look at none any more."""
        with self._database.beside() as connection:
            if on_server(connection):
                connection.exec_driver_sql("DELETE FROM presence WHERE session = ?", (self._who,))
                connection.commit()

    def others(self, case: str) -> tuple[PresenceView, ...]:
        """Who else looks at which finding of the scoring in use, by finding. Raises NotFound."""
        with read_case(self._database, case) as (connection, number):
            ranking = Ranking.find(connection, number) if on_server(connection) else None
            if ranking is None:
                return ()
            return tuple(PresenceView(*row) for row in connection.exec_driver_sql(OTHERS, (ranking.set, self._who)))

    def _in_use(self, case: str) -> tuple[int, int] | None:
        with read_case(self._database, case) as (connection, number):
            ranking = Ranking.find(connection, number)
            return None if ranking is None else (number, ranking.set)
