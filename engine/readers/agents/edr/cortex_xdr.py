"""Palo Alto Networks Cortex XDR and XSIAM: rows of the xdr_data dataset (`action_process_…`, `actor_process_…`).

The actor is the process that acts: in a process start it is the parent, the action's process is the new one.
"""

from __future__ import annotations

from engine.domain.records import ReaderItem
from engine.readers.agents.fields import FieldNames, created, ended, first, lower_case
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.text.moments import Moments

FORMATS = (
    Format(
        slug="cortex-xdr",
        title="Cortex XDR, XSIAM (xdr_data)",
        export="XQL: dataset = xdr_data | filter event_type = ENUM.PROCESS, Export to file; or the API's answer",
        read="process starts: the action's process, the actor as its parent, the actor's parent; stops as ends",
        left_out="other event types and sub-types",
        source="docs-cortex.paloaltonetworks.com, XQL schema reference (xdr_data)",
        sample=False,
    ),
)

_STARTS = frozenset(("PROCESS_START", "PROCESS_EXECUTION", "EXECUTION", "START", "1"))
_ENDS = frozenset(("PROCESS_STOP", "STOP", "2"))
_FIELDS = FieldNames(
    kind="edr-cortex",
    prefix="xdr-",
    image=("action_process_image_path",),
    file=("action_process_image_name",),
    pid=("action_process_os_pid", "action_process_pid"),
    ppid=("actor_process_os_pid", "actor_process_pid", "os_actor_process_os_pid"),
    key=("action_process_instance_id",),
    parent_key=("actor_process_instance_id",),
    parent_image=("actor_process_image_path", "os_actor_process_image_path"),
    parent_file=("actor_process_image_name", "os_actor_process_image_name"),
    command=("action_process_image_command_line", "action_process_command_line"),
    parent_command=("actor_process_command_line", "actor_process_image_command_line"),
    domain=("action_process_user_domain",),
    user=("action_process_username", "actor_effective_username", "actor_primary_username"),
    integrity=("action_process_integrity_level",),
    cwd=("action_process_cwd",),
    logon=("action_process_logon_id",),
    original=("action_process_file_original_name",),
    md5=("action_process_image_md5",),
    sha256=("action_process_image_sha256",),
    host=("agent_hostname", "host_name", "endpoint_name", "agent_id"),
    times=("action_process_instance_execution_time", "event_timestamp", "_time", "insert_timestamp"),
    ended=("action_process_termination_date", "event_timestamp", "_time"),
    record=("event_id", "_id"),
    system=("agent_os_type",),
)


def recognises(record: Record) -> bool:
    """A row of xdr_data of any event type; tables of the console have its names in capitals."""
    if "ACTION_PROCESS_IMAGE_PATH" in record or "ACTOR_PROCESS_IMAGE_PATH" in record:
        return True
    if "agent_hostname" not in record and "agent_id" not in record and "event_type" not in record:
        return False
    return "action_process_image_path" in record or "actor_process_image_path" in record or "action_process_os_pid" in record


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """A start, a stop, or None for other events."""
    if "ACTION_PROCESS_IMAGE_PATH" in record or "ACTOR_PROCESS_IMAGE_PATH" in record:
        record = lower_case(record)
    kind = (first(record, ("event_type",)) or "PROCESS").upper().removeprefix("ENUM.")
    step = (first(record, ("event_sub_type",)) or "START").upper().removeprefix("ENUM.")
    if kind not in ("PROCESS", "1") or not any(first(record, (name,)) for name in (*_FIELDS.image, *_FIELDS.file, *_FIELDS.pid)):
        return None
    if step in _STARTS:
        return created(_FIELDS, record, position, moments)
    return ended(_FIELDS, record, position, moments) if step in _ENDS else None
