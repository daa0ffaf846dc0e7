"""How sure a link is, as shares measured on real logs rather than feelings.

Measured on the recordings that carry guids (5 sources of Windows logs, 5,349 processes): guids hidden, links made again
by pid, name and time, and compared with the guid truth, also where the true parent is not in the log.
  pid+time, name known: 3,560 of 3,573 links right; 3 wrong ones hit the unmerged twin of the right process,
      10 have a parent that is not in the log and hit a namesake that had the pid more than a fortnight earlier
  the same, more than a fortnight after the parent: 2 of 12 right
  pid+time, names hidden too: 3,560 of 3,642 (82 wrong: the parent is missing and an older process had its pid)
  pid+name after reuse of the pid: 0 of 2, too few to tell; the pid's later holder is the likelier parent by time
  names that records give their parents: 3,571 of 3,571 equal to the parent's own record
  guids: taken as the truth; their defects (forged, repeated) cannot be seen in these recordings
Shares are rounded down, because curated logs reuse pids less than a busy server does.
"""

from __future__ import annotations

GUID = 0.999
PID_TIME_NAMED = 0.99
PID_TIME_UNNAMED = 0.95
PID_STALE = 0.2
STALE_US = 14 * 24 * 3_600_000_000
"""The link is made nonetheless: services live for months, and the chain is the same for a namesake."""

PID_NAME_REUSED = 0.5
PID_NAME_UNTIMED = 0.8
"""Judged, not measured: no recording with guids lacks times."""
CLOCK_STEP = 0.7
"""Judged: pid, program and the log's own order agree, the times do not. No recording with guids has a clock that was set."""
NAME_ONLY = 0.99
NAME_ONLY_UNKNOWN = 0.5
"""That there was a parent is certain; that all children under one such node share it is not."""
