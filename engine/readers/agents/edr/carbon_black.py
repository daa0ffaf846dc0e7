"""VMware Carbon Black: the Cloud's Data Forwarder (`endpoint.event.…`), the event forwarder of EDR, once Response
(`ingress.event.…`), and what a process search in either finds.

In the Cloud's procstart the record's process is the one that started another: the new one is `childproc_…`. In the forwarder
of EDR it is the new process itself.
"""

from __future__ import annotations

from engine.domain.records import ReaderItem
from engine.readers.agents.fields import FieldNames, created, ended, first
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.text.moments import Moments
from engine.readers.windows.windows_fields import text

FORMATS = (
    Format(
        slug="carbon-black-cloud",
        title="Carbon Black Cloud",
        export="Data Forwarder (endpoint.event) as it is; process search, Export, or the API's answer",
        read="endpoint.event.procstart that was allowed: the child, its parent and grandparent; procend as ends; found processes",
        left_out="other events, processes that a policy denied",
        source="github.com/elastic/integrations/tree/main/packages/carbon_black_cloud (endpoint_event)",
    ),
    Format(
        slug="carbon-black-edr",
        title="Carbon Black EDR (Response)",
        export="cb-event-forwarder's JSON (ingress.event.*); process search, Export, or the API's answer",
        read="ingress.event.procstart, procend as ends; found processes",
        left_out="other events; childproc, which names no command line",
        source="github.com/carbonblack/cb-event-forwarder/blob/master/EVENTS.md",
    ),
)

_TELLING = frozenset(("type", "event_type", "observation_type", "process_start_time", "start", "childproc_guid"))
_DENIED = ("DENY", "TERMINATE", "BLOCK")
_HOST = ("device_name", "computer_name", "hostname")
_CHILD = FieldNames(
    kind="edr-carbon-black",
    prefix="cb-",
    image=("childproc_name",),
    pid=("childproc_pid",),
    ppid=("process_pid",),
    key=("childproc_guid",),
    parent_key=("process_guid",),
    parent_image=("process_path", "process_name"),
    grandparent=("parent_path", "parent_name"),
    command=("target_cmdline", "childproc_cmdline"),
    parent_command=("process_cmdline",),
    user=("childproc_username", "process_username"),
    sha256=("childproc_sha256",),
    md5=("childproc_md5",),
    host=_HOST,
    times=("device_timestamp", "event_timestamp", "backend_timestamp", "create_time"),
    record=("event_id",),
    system=("device_os",),
)
_PROCESS = FieldNames(
    kind="edr-carbon-black",
    prefix="cb-",
    image=("process_path", "path", "process_name"),
    pid=("process_pid", "pid"),
    ppid=("parent_pid",),
    key=("process_guid", "unique_id", "id"),
    parent_key=("parent_guid", "parent_unique_id", "parent_process_guid", "parent_id"),
    parent_image=("parent_path", "parent_name"),
    command=("process_cmdline", "command_line", "cmdline"),
    parent_command=("parent_cmdline", "parent_command_line"),
    user=("process_username", "username"),
    md5=("process_md5", "md5"),
    sha256=("process_sha256", "sha256"),
    host=_HOST,
    times=("process_start_time", "start", "device_timestamp", "timestamp", "backend_timestamp"),
    ended=("device_timestamp", "timestamp", "backend_timestamp"),
    record=("event_id",),
    system=("device_os", "os_type"),
)


def recognises(record: Record) -> bool:
    """An event of either forwarder, or a process found by a search."""
    if (first(record, ("type",)) or "").startswith(("endpoint.event.", "ingress.event.")):
        return True
    if "process_guid" in record and ("device_name" in record or "device_id" in record):
        # A row that tells neither what it is nor a start may be a search for some columns: it is judged by what it holds.
        return not _TELLING.isdisjoint(record)
    return "process_name" in record and "unique_id" in record and "parent_unique_id" in record


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """A start, an end, or None for other events and denied starts."""
    record = _plain(record)
    event = (first(record, ("type",)) or "").rpartition(".")[2]
    if event == "procend":
        return ended(_PROCESS, record, position, moments)
    if event == "procstart":
        if any(word in (first(record, ("sensor_action",)) or "").upper() for word in _DENIED):
            return None
        child = any(name in record for name in ("childproc_guid", "childproc_pid", "childproc_name"))
        return created(_CHILD if child else _PROCESS, record, position, moments)
    found = "process_start_time" in record or "start" in record or "parent_unique_id" in record
    searched = event == "" or "event" not in (first(record, ("type",)) or "")
    return created(_PROCESS, record, position, moments) if searched and found else None


def _plain(record: Record) -> Record:
    """The Cloud lists accounts, process ids and hashes of a found process: the first of each; and puts a domain before the name
    of the device. EDR numbers the segments of a process behind its key.
    """
    plain = {key: value[0] if type(value) is list and value else value for key, value in record.items()}
    for key in ("unique_id", "parent_unique_id"):
        value = text(plain.get(key))
        if value is not None:
            plain[key] = value[:36]
    device = text(plain.get("device_name"))
    if device is not None:
        plain["device_name"] = device.rpartition("\\")[2]
    for name in ("process", "childproc"):
        hashes = record.get(name + "_hash")
        for value in hashes if type(hashes) is list else [hashes]:
            if isinstance(value, str) and len(value) in (32, 64):
                plain.setdefault(f"{name}_{'md5' if len(value) == 32 else 'sha256'}", value)
    return plain
