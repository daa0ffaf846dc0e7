"""Known products that nothing else is to be said of: what a list of known-good hashes may tell of a process, and what not.

Windows' own shells and script hosts are on every such list, and the most that is started on a day of attack is. So a hash that is
known takes nothing away from a tool, from what a tool or an unknown program started, nor from what the
command rules speak of.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from engine.domain.chains import ChainCorpus
from engine.domain.processes import ProcessTable, Repute
from engine.knowledge.command_rules import process_values
from engine.knowledge.lineage_rules import suspicious
from engine.knowledge.roles import SUSPECT_ROLES, role

Flags = npt.NDArray[np.bool_]


def plain_products(corpus: ChainCorpus, table: ProcessTable) -> Flags:
    """[n] processes whose program is known good and no tool, that neither a tool nor an unknown program started, and of whose
    command line and name no rule speaks.

    A recorded parent has to be known good itself; one that only its children name must not be from where users may write. What
    nobody knows the parent of is none of them: nobody knows what told it to run. (Rejected: any parent from a place that is no
    user's. An implant in System32 starts conhost.exe too; of 1,530 processes of the recordings it was those four of attacks.)
    """
    good = table.known() == Repute.GOOD
    tool = np.array([*(role(path) in SUSPECT_ROLES for path in corpus.paths), False])  # -1, no image, is the last one
    odd = np.array([*map(suspicious, corpus.paths), False])
    parent = np.where(table.parent >= 0, table.image[table.parent], -1)
    above = np.where(table.parent >= 0, good[table.parent] | ((table.recorded[table.parent] == 0) & ~odd[parent]), False)
    plain: Flags = good & (table.image >= 0) & ~tool[table.image] & (parent >= 0) & ~tool[parent] & above
    asked = np.flatnonzero(plain)
    part = replace(
        table, row=table.row[asked], chain=table.chain[asked], image=table.image[asked], command=table.command[asked],
        original=None if table.original is None else table.original[asked],
    )  # fmt: skip
    plain[asked[process_values(corpus, part) > 0]] = False
    return plain
