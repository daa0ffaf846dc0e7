"""How many decisions of a person stand behind verdicts.

One key judges a finding of 449 chains, or everything that is marked, or all that begins alike; an import is one act too. And ten
keys on one finding are ten words about the same thing. So verdicts count for as many decisions as one can choose of them without
two of one finding or two of one act. (Rejected: findings alone, for one key judges many of them; acts alone, for many judge one;
the lesser of both, which nine keys on one finding and a tenth on nine others would raise to ten.)
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Ints


def decisions(finding: Ints, act: Ints) -> int:
    """Of m verdicts. Never more than there are different acts: one act is one decision.

    finding [m]: number of each one's finding, 0 for a chain of none, which is one of its own. act [m]: number of the act.
    """
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
    from scipy.sparse.csgraph import maximum_bipartite_matching  # type: ignore[import-untyped]

    if not len(finding):
        return 0
    own = np.where(finding > 0, finding, -1 - np.arange(len(finding)))
    (findings, row), (acts, column) = (np.unique(one, return_inverse=True) for one in (own, act))
    given = csr_matrix((np.ones(len(row), dtype=np.int8), (row, column)), shape=(len(findings), len(acts)))
    given.data[:] = 1  # chains of one finding and one act were added up
    return int((maximum_bipartite_matching(given, perm_type="column") >= 0).sum())


def of_each(malicious: npt.NDArray[np.bool_], finding: Ints, act: Ints) -> tuple[int, int]:
    """Decisions for malicious and decisions for anything else; malicious [m]."""
    return decisions(finding[malicious], act[malicious]), decisions(finding[~malicious], act[~malicious])
