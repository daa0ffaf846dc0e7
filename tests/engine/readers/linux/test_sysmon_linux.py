"""Sysmon for Linux in syslog and in rows."""

from __future__ import annotations

import io

from engine.domain.records import ProcessEnd, ProcessEvent, Reject
from engine.readers.contract import ReadOptions
from engine.readers.linux.sysmon_linux import READER, map_record, recognises
from engine.readers.text.moments import Moments

END_US = 1_652_292_621_980_000
EVENT = (
    '<Event><System><Provider Name="Linux-Sysmon" Guid="{{ff032593-a8d3-4f13-b0d6-01fc615a0f97}}"/><EventID>{id}</EventID>'
    '<TimeCreated SystemTime="2022-05-11T18:10:21.986000000Z"/><EventRecordID>245800</EventRecordID><Computer>host-a</Computer>'
    '</System><EventData><Data Name="RuleName">-</Data><Data Name="UtcTime">2022-05-11 18:10:21.980</Data>'
    '<Data Name="ProcessGuid">{{94325212-F5AA-627B-082B-60e4b9550000}}</Data><Data Name="ProcessId">17791</Data>'
    '<Data Name="Image">/bin/bash</Data><Data Name="CommandLine">bash -c echo {quote}hi{quote}</Data>'
    '<Data Name="User">root</Data><Data Name="IntegrityLevel">no level</Data>'
    '<Data Name="ParentProcessGuid">{{00000000-0000-0000-0000-000000000000}}</Data><Data Name="ParentProcessId">1590</Data>'
    '<Data Name="ParentImage">{parent}</Data></EventData></Event>'
)


def event(event_id: int = 1, quote: str = "&quot;", parent: str = "/usr/bin/java") -> str:
    return EVENT.format(id=event_id, quote=quote, parent=parent)


def test_syslog_lines() -> None:
    text = (
        f"May 11 18:10:22 host-a sysmon: {event()}\nMay 11 18:10:22 host-a sshd[4]: session\nMay 11 host-a sysmon: {event(5)}\n"
    )
    assert READER.sniff(text.encode(), "syslog") > 0.6
    first, *others = READER.read(io.BytesIO(text.encode()), ReadOptions())
    end = ProcessEnd(position=3, host="host-a", time_us=END_US, pid=17791, guid=first.guid, image="/bin/bash")
    assert others == [None, end]
    assert isinstance(first, ProcessEvent)
    assert (first.kind, first.os, first.host, first.image) == ("sysmon-linux", "linux", "host-a", "/bin/bash")
    assert first.command_line == 'bash -c echo "hi"'
    assert first.guid == "94325212-f5aa-627b-082b-60e4b9550000"
    assert (first.parent_guid, first.integrity) == (None, None)
    assert (first.parent_image, first.pid, first.ppid) == ("/usr/bin/java", 17791, 1590)
    assert (first.time_us, first.record_id) == (1_652_292_621_980_000, "245800")


def test_rows_with_the_semicolons_gone_and_cut() -> None:
    row = {"SyslogMessage": event(quote="&quot ", parent="&lt unknown process&gt "), "Computer": "row-host"}
    assert recognises(row)
    found = map_record(row, 3, Moments())
    assert isinstance(found, ProcessEvent)
    assert (found.command_line, found.parent_image, found.position) == ('bash -c echo "hi"', None, 3)
    cut = event()
    found = map_record({"MESSAGE": cut[: cut.index('<Data Name="User"') + 20], "_HOSTNAME": "j"}, 1, Moments())
    assert isinstance(found, ProcessEvent)
    assert (found.image, found.user) == ("/bin/bash", None)
    lost = map_record({"SyslogMessage": '<Event><System><Provider Name="Linux-Sysmon"'}, 2, Moments())
    assert isinstance(lost, Reject)
    assert not recognises({"SyslogMessage": "<Event>something else"})


def test_text_in_a_value_makes_no_fields() -> None:
    hostile = event().replace("bash -c echo", "&lt;Data Name=&quot;Image&quot;&gt;/evil&lt;/Data&gt;")
    found = map_record({"SyslogMessage": hostile}, 1, Moments())
    assert isinstance(found, ProcessEvent)
    assert found.image == "/bin/bash"
    assert found.command_line is not None
    assert found.command_line.startswith('<Data Name="Image">/evil')
