"""Single lines of Linux audit logs: headers, fields, encoded values.

Format: `[node=HOST ]type=TYPE msg=audit(SECONDS.MILLIS:SERIAL): key=value …`, in the enriched form followed by 0x1D and
names for the numbers. Values that come from users are quoted, or bare hex digits when they hold blanks, quotes or
bytes outside ASCII (kernel/audit.c, audit_log_n_untrustedstring). `ausearch -i` writes a date of the machine's locale in place
of the seconds, and plain values: `auditd_interpreted` reads those.
"""

from __future__ import annotations

import re
import shlex
from binascii import Error as HexError
from binascii import unhexlify
from typing import NamedTuple

SYSCALL, EXECVE, CWD, PATH, PROCTITLE, EOE = range(1, 7)

RECORD_TYPES: dict[bytes, int] = {
    b"SYSCALL": SYSCALL,
    b"EXECVE": EXECVE,
    b"CWD": CWD,
    b"PATH": PATH,
    b"PROCTITLE": PROCTITLE,
    b"EOE": EOE,
    # printk and old auditd do not know the names (linux/audit.h has the numbers).
    b"1300": SYSCALL,
    b"1309": EXECVE,
    b"1307": CWD,
    b"1302": PATH,
    b"1327": PROCTITLE,
    b"1320": EOE,
    b"UNKNOWN[1327]": PROCTITLE,
}

EXEC_SYSCALLS: dict[bytes, frozenset[bytes]] = {
    b"c000003e": frozenset((b"59", b"322", b"1073742344", b"1073742369")),  # x86_64, and x32 with its marker bit
    b"40000003": frozenset((b"11", b"358")),  # i386
    b"c00000b7": frozenset((b"221", b"281")),  # aarch64
    b"40000028": frozenset((b"11", b"387")),  # arm
    b"c00000f3": frozenset((b"221", b"281")),  # riscv64
    b"c0000015": frozenset((b"11", b"362")),  # ppc64le
    b"80000016": frozenset((b"11", b"354")),  # s390x
}
"""AUDIT_ARCH value -> numbers of execve and execveat there."""

EXEC_NAMES = frozenset((b"execve", b"execveat"))

_RECORD = re.compile(rb"(?:node=(\S{1,255}) )?type=(\S{1,64}) (?:msg=)?audit\((\d{1,11}\.\d{1,9}:\d{1,20})\) ?:? ?")
_INTERPRETED = re.compile(
    rb"(?:node=(\S{1,255}) )?type=(\S{1,64}) (?:msg=)?audit\(([^()\n]{5,60}? \d{1,2}:\d\d:\d\d(?:\.\d{1,9})?:\d{1,20})\) ?:? ?"
)
_SYSLOG_HOST = re.compile(rb"(?:<\d{1,3}>)?(?:\d )?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S+) (\S+) ")
_FIELD = re.compile(rb"(?<!\w)([A-Za-z_]\w{0,40})=(\"[^\"]*\"|\S*)")
_ARGUMENT = re.compile(rb"(?:^|\s)a(\d{1,6})(?:\[(\d{1,6})\])?=(\"[^\"]*\"|\S*)")
_ARGC = re.compile(rb"(?:^|\s)argc=(\d{1,7})\b")
_SYSCALL_NUMBER = re.compile(rb"arch=(\w+) syscall=(\w+)")
_SYSCALL_NAME = re.compile(rb"(?<!\w)SYSCALL=(\w{1,32})")


class AuditLine(NamedTuple):
    """One record: who, when, which event, what. `body` starts behind the header."""

    node: bytes | None
    type: bytes
    stamp: bytes
    """`seconds.millis:serial`, the identity of the event on its node; the serial stands behind the last colon."""
    body: bytes
    interpreted: bool = False
    """As `ausearch -i` writes it: the stamp has a date, values are what they mean."""
    time_us: int | None = None
    """Where the stamp has no time (journald)."""


def parse_line(line: bytes) -> AuditLine | None:
    """Header and body of one line, None when there is no audit record in it."""
    match = _RECORD.match(line)
    if match is not None:
        node, kind, stamp = match.groups()
        return AuditLine(node, kind, stamp, line[match.end() :])
    match = _RECORD.search(line, 0, 4096)
    if match is None:
        return _interpreted(line)
    node, kind, stamp = match.groups()
    if node is None and (prefix := _SYSLOG_HOST.match(line)):
        node = prefix.group(1)
    return AuditLine(node, kind, stamp, line[match.end() :])


def _interpreted(line: bytes) -> AuditLine | None:
    match = _INTERPRETED.match(line) if b"audit(" in line[:512] else None
    if match is None:
        return None
    node, kind, stamp = match.groups()
    return AuditLine(node, kind, stamp, line[match.end() :], interpreted=True)


def fields(body: bytes) -> dict[bytes, bytes]:
    """All `key=value` of a record, enriched ones (upper case) included; values as they stand, quotes and all."""
    return dict(_FIELD.findall(body.replace(b"\x1d", b" ")))


def is_exec_syscall(body: bytes) -> bool:
    """Whether a SYSCALL record is about execve or execveat, by name where enriched or interpreted, else by number."""
    match = _SYSCALL_NUMBER.search(body)
    if match is None:
        return False
    arch, number = match.groups()
    if number in EXEC_NAMES or number in EXEC_SYSCALLS.get(arch, ()):
        return True
    # Unknown architectures still tell by name when auditd enriched the record.
    if arch in EXEC_SYSCALLS:
        return False
    named = _SYSCALL_NAME.search(body, body.find(b"\x1d")) if b"\x1d" in body else None
    return named is not None and named.group(1) in EXEC_NAMES


def decoded(value: bytes) -> bytes:
    """Bytes behind a quoted or hex-encoded value. `(null)` and `(none)` are empty.

    Bare digits are hex too: the kernel quotes every plain string, so `a1=3130` is "10". What is no hex stays as it is.
    """
    if value[:1] == b'"':
        return value[1:-1] if value[-1:] == b'"' and len(value) > 1 else value[1:]
    if value in {b"(null)", b"(none)", b"?", b""}:
        return b""
    try:
        return unhexlify(value)
    except HexError:
        return value


def as_text(value: bytes) -> str:
    """Text of recorded bytes; what is no UTF-8 stays visible as a backslash escape and is not lost."""
    return value.decode("utf-8", "backslashreplace")


def as_bytes(text: str) -> bytes:
    """Recorded bytes behind text that came in JSON; halves of surrogate pairs, which stand for no bytes, as they are."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def argument_count(bodies: list[bytes]) -> int | None:
    """`argc` of an event's EXECVE records, None when the first one was lost."""
    for body in bodies:
        if match := _ARGC.search(body):
            return int(match.group(1))
    return None


def arguments(bodies: list[bytes]) -> list[bytes]:
    """Argv from an event's EXECVE records: plain arguments, and long ones in chunks a2[0], a2[1] … over records.

    Chunks are joined before anything decodes text: the kernel cuts in the middle of characters. Arguments whose
    records were lost are left out.
    """
    plain: dict[int, bytes] = {}
    chunked: dict[int, dict[int, bytes]] = {}
    for body in bodies:
        for index, chunk, value in _ARGUMENT.findall(body):
            if chunk:
                chunked.setdefault(int(index), {})[int(chunk)] = decoded(value)
            else:
                plain[int(index)] = decoded(value)
    for index, parts in chunked.items():
        plain[index] = b"".join(parts[at] for at in sorted(parts))
    return [plain[index] for index in sorted(plain)]


def shell_line(argv: list[bytes]) -> str | None:
    """Argv as one line that a POSIX shell would split into the same arguments; None for no arguments."""
    return shlex.join(as_text(argument) for argument in argv) if argv else None


def title_line(body: bytes, comm: bytes) -> str | None:
    """Command line out of a PROCTITLE record, if it belongs to the new image.

    Newer kernels still show the title from before the execve there, so the first word has to agree with `comm`
    (at most 15 bytes of the new file's name).
    """
    argv = decoded(fields(body).get(b"proctitle", b"")).rstrip(b"\0").split(b"\0")
    name = argv[0].rsplit(b"/", 1)[-1]
    return shell_line(argv) if name and comm and name.startswith(comm[:15]) else None
