"""Links that forged records had closed to circles are cut, and their hosts marked for linking again (store/evidence/circles.py).

Until 0005 two lines of log could make a process its own ancestor; it stood in no tree then, and neither did what it had started.
Cut here and not only marked: the processes are to be seen as soon as the workspace is open.
"""

from __future__ import annotations

from alembic import op

from store.evidence import circles

revision = "0006_circles"
down_revision = "0005_learnt_queue"


def upgrade() -> None:
    """One transaction, opened by store.migrations.migrate. Leaves a sentence for the user where there was something to cut."""
    hosts = circles.cut(op.get_bind())
    config = op.get_context().config
    if hosts and config is not None:
        config.attributes.setdefault("said", []).append(
            f"On {hosts:,} host{'s' * (hosts != 1)} forged records had made processes their own ancestors, which hid them from"
            " the tree. The circles were cut; ingest any file of the case again and the hosts are linked anew."
        )
