"""Linux process creations as auditd, Sysmon for Linux, Elastic's agent and osquery write them."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

import orjson

from engine.simulator.logs.fields import KNOWN_UNSET, digest, iso_text, utc_text
from engine.simulator.people import SimHost
from engine.simulator.processes import SimProcess

_PLAIN = re.compile(r'[^\x00-\x20"\x7f-\U0010ffff]*\Z')
_WORD = re.compile(r"""(?:[^\s"']|"[^"]*"|'[^']*'|["'])+""")
_SHELL_C = re.compile(r"(\S*sh) (-\w*c)\s+(.*)\Z", re.DOTALL)


def arguments(command: str) -> list[str]:
    """The words that execve got. The trees are written without inner quotes, so everything behind `sh -c` is one."""
    match = _SHELL_C.match(command)
    if match:
        return [match[1], match[2], match[3]]
    if '"' not in command and "'" not in command:
        return command.split()
    # shlex would be right for every shell text, and takes ten times as long as everything else about a record.
    return [word.replace('"', "").replace("'", "") for word in _WORD.findall(command)]


def _quoted(value: str) -> str:
    """As auditd quotes: hex as soon as there is a blank, a quote or anything else that could end the field."""
    return f'"{value}"' if _PLAIN.match(value) else value.encode().hex().upper()


def auditd(host: SimHost, process: SimProcess, number: int) -> bytes:
    """The records of one execve, log_format=RAW; name_format=hostname, or nobody could tell whose log it is."""
    return "\n".join(_execve(host, process, number, enriched=False)).encode()


def auditd_enriched(host: SimHost, process: SimProcess, number: int) -> bytes:
    """The same with node= and log_format=ENRICHED (0x1D before the translated fields)."""
    return "\n".join(_execve(host, process, number, enriched=True)).encode()


def _execve(host: SimHost, process: SimProcess, number: int, enriched: bool) -> list[str]:
    identity = process.identity
    node = f"node={host.name} "
    words = arguments(process.command)
    stamp = f"msg=audit({process.start_us // 1_000_000}.{process.start_us // 1000 % 1000:03d}:{number}):"
    base = process.image.rpartition("/")[2]
    uid, auid, unset = identity.uid, identity.auid, KNOWN_UNSET
    syscall = (
        f"{node}type=SYSCALL {stamp} arch=c000003e syscall=59 success=yes exit=0 "
        f"a0={number * 4096 + 0x55D0000000:x} a1={number * 64:x} a2={number * 32:x} a3=8 items=2 ppid={process.ppid} "
        f"pid={process.pid} auid={auid} uid={uid} gid={uid} euid={uid} suid={uid} fsuid={uid} "
        f"egid={uid} sgid={uid} fsgid={uid} tty={identity.tty} ses={identity.session} comm={_quoted(base[:15])} "
        f'exe={_quoted(process.image)} subj=unconfined key="exec"'
    )
    if enriched:
        user = f'"{identity.user}"'
        login = '"unset"' if auid == unset else user
        syscall += f"\x1dARCH=x86_64 SYSCALL=execve AUID={login} "
        syscall += " ".join([f"{name}={user}" for name in ("UID", "GID", "EUID", "SUID", "FSUID", "EGID", "SGID", "FSGID")])
    path = f"{node}type=PATH {stamp} item="
    tail = "dev=08:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0"
    if enriched:
        tail += '\x1dOUID="root" OGID="root"'
    inode = int(digest(process.image)[:5], 16)
    return [
        syscall,
        f"{node}type=EXECVE {stamp} argc={len(words)} " + " ".join([f"a{i}={_quoted(word)}" for i, word in enumerate(words)]),
        f"{node}type=CWD {stamp} cwd={_quoted(process.cwd)}",
        f"{path}0 name={_quoted(process.image)} inode={inode} {tail}",
        f'{path}1 name="/lib64/ld-linux-x86-64.so.2" inode=2075 {tail}',
        f"{node}type=PROCTITLE {stamp} proctitle={chr(0).join(words).encode()[:128].hex().upper()}",
    ]


def auditd_other(host: SimHost, process: SimProcess, number: int) -> bytes:
    """A failed login."""
    stamp = f"msg=audit({process.start_us // 1_000_000}.{process.start_us // 1000 % 1000:03d}:{number}):"
    return (
        f"node={host.name} type=USER_LOGIN {stamp} pid={process.pid} uid=0 auid={KNOWN_UNSET} ses={KNOWN_UNSET} subj=unconfined "
        f'msg=\'op=login acct="{process.identity.user}" exe="/usr/sbin/sshd" hostname=? '
        f"addr=203.0.113.{number % 250} terminal=sshd res=failed'"
    ).encode()


def sysmon_linux(host: SimHost, process: SimProcess, number: int) -> bytes:
    """Sysmon for Linux through syslog."""
    identity, parent = process.identity, process.parent
    fields = {
        "RuleName": "-", "UtcTime": utc_text(process.start_us), "ProcessGuid": f"{{{process.guid}}}",
        "ProcessId": str(process.pid), "Image": process.image,
        "FileVersion": "-", "Description": "-", "Product": "-", "Company": "-", "OriginalFileName": "-",
        "CommandLine": process.command, "CurrentDirectory": process.cwd, "User": identity.user,
        "LogonGuid": f"{{{host.machine}-0000-0000-{identity.uid & 0xFFFF:04x}-000000000000}}", "LogonId": str(identity.uid),
        "TerminalSessionId": str(identity.session), "IntegrityLevel": "no level", "Hashes": f"SHA256={digest(process.image)}",
        "ParentProcessGuid": f"{{{parent.guid}}}" if parent else "{00000000-0000-0000-0000-000000000000}",
        "ParentProcessId": str(process.ppid), "ParentImage": parent.image if parent else "-",
        "ParentCommandLine": parent.command if parent else "-", "ParentUser": parent.identity.user if parent else "-",
    }  # fmt: skip
    data = "".join([f'<Data Name="{name}">{escape(value)}</Data>' for name, value in fields.items()])
    return (
        f"{_syslog_head(host, process, 'sysmon')}<Event><System>"
        f'<Provider Name="Linux-Sysmon" Guid="{{ff032593-a8d3-4f13-b0d6-01fc615a0f97}}"/>'
        f"<EventID>1</EventID><Version>5</Version><Level>4</Level><Task>1</Task><Opcode>0</Opcode><Keywords>0x8000000000000000</Keywords>"
        f'<TimeCreated SystemTime="{iso_text(process.start_us)[:-1]}000000Z"/>'
        f"<EventRecordID>{number}</EventRecordID><Correlation/>"
        f'<Execution ProcessID="812" ThreadID="812"/><Channel>Linux-Sysmon/Operational</Channel><Computer>{host.name}</Computer>'
        f'<Security UserId="0"/></System><EventData>{data}</EventData></Event>'
    ).encode()


def sysmon_linux_other(host: SimHost, process: SimProcess, number: int) -> bytes:
    """An ordinary syslog line."""
    return f"{_syslog_head(host, process, 'systemd[1]')}Started Session {number} of User {process.identity.user}.".encode()


def _syslog_head(host: SimHost, process: SimProcess, tag: str) -> str:
    return f"{iso_text(process.start_us)[:-1]}+00:00 {host.name} {tag}: "


def ecs(host: SimHost, process: SimProcess, number: int) -> bytes:
    """Elastic Common Schema, as an endpoint agent writes process starts."""
    parent = process.parent
    return orjson.dumps(
        {
            "@timestamp": iso_text(process.start_us),
            "event": {
                "kind": "event",
                "category": ["process"],
                "type": ["start"],
                "action": "exec",
                "module": "endpoint",
                "id": f"{host.machine}+{number:08d}",
            },
            "ecs": {"version": "8.10.0"},
            "agent": {"type": "endpoint", "version": "8.12.2"},
            "host": {
                "hostname": host.name,
                "name": host.name,
                "os": {"type": "linux", "family": "debian", "platform": "ubuntu"},
                "ip": [host.address],
            },
            "user": {"name": process.identity.user, "id": str(process.identity.uid)},
            "process": {
                "pid": process.pid,
                "entity_id": process.guid,
                "name": process.image.rpartition("/")[2],
                "executable": process.image,
                "command_line": process.command,
                "args": arguments(process.command),
                "working_directory": process.cwd,
                "hash": {"sha256": digest(process.image).lower()},
                "parent": {
                    "pid": process.ppid,
                    "entity_id": parent.guid if parent else "",
                    "name": parent.image.rpartition("/")[2] if parent else "",
                    "executable": parent.image if parent else "",
                    "command_line": parent.command if parent else "",
                },
            },
        }
    )


def ecs_other(host: SimHost, process: SimProcess, number: int) -> bytes:
    """A network connection in Elastic Common Schema."""
    return orjson.dumps(
        {
            "@timestamp": iso_text(process.start_us),
            "event": {
                "kind": "event",
                "category": ["network"],
                "type": ["start"],
                "action": "connection_attempted",
                "id": f"{host.machine}+{number:08d}",
            },
            "ecs": {"version": "8.10.0"},
            "agent": {"type": "endpoint", "version": "8.12.2"},
            "host": {"hostname": host.name, "name": host.name},
            "destination": {"ip": f"203.0.113.{number % 250 + 1}", "port": 443},
            "process": {"pid": process.pid, "entity_id": process.guid, "name": process.image.rpartition("/")[2]},
        }
    )


def osquery(host: SimHost, process: SimProcess, number: int) -> bytes:
    """A row of osquery's process_events; times in seconds."""
    return _osquery(host, process, "pack_incident-response_process_events", {
        "pid": str(process.pid), "parent": str(process.ppid), "path": process.image,
        "cmdline": process.command, "cwd": process.cwd,
        "uid": str(process.identity.uid), "euid": str(process.identity.uid), "auid": str(process.identity.auid),
        "time": str(process.start_us // 1_000_000), "syscall": "execve", "eid": f"{number:010d}",
    })  # fmt: skip


def osquery_other(host: SimHost, process: SimProcess, number: int) -> bytes:
    """A row of another query."""
    return _osquery(
        host, process, "pack_incident-response_listening_ports", {"port": "22", "protocol": "6", "address": "10.20.0.4"}
    )


def _osquery(host: SimHost, process: SimProcess, name: str, columns: dict[str, str]) -> bytes:
    second = process.start_us // 1_000_000
    return orjson.dumps(
        {
            "name": name,
            "hostIdentifier": host.name,
            "calendarTime": utc_text(process.start_us)[:19] + " UTC",
            "unixTime": second,
            "epoch": 0,
            "counter": process.number,
            "numerics": False,
            "columns": columns,
            "action": "added",
        }
    )
