"""What a value looks like: a program, a process id, the name of an event. Names of columns promise, values tell."""

from __future__ import annotations

import re

_PROGRAM_ENDING = re.compile(r"(?<=[^\\/])\.(?:exe|com|scr|pif|bat|cmd|tmp|bin|elf|sh|py|pl|app|run)$", re.IGNORECASE)
_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9_]{0,9}$")
_WINDOWS_PATH = re.compile(r'"?(?:[A-Za-z]:[\\/]|\\\\|\\(?:Device|SystemRoot|\?\?)\\|%\w+%\\)', re.IGNORECASE)
_PROGRAM_FOLDER = re.compile(r"/(?:[^/]+/)*(?:bin|sbin|libexec|lib\d*|opt|MacOS)/", re.IGNORECASE)
_BARE = re.compile(r"[\w.+\-@()\[\]{}:/#~ ]{1,64}")
_WINDOWS_NAMES = frozenset(("system", "registry", "memcompression", "memory compression", "secure system", "idle", "vmmem"))
_NUMBER = re.compile(r"(?:0x[0-9a-fA-F]{1,16}|\d{1,10}(?:\.0+)?|[1-9]\d{0,2}(?:,\d{3}){1,3})")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?: ?[AaPp]\.?[Mm]\.?)?")
_DATE = re.compile(r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}")
LONGEST_PATH = 4096
NOTHING = frozenset(("", "-", "--", "n/a", "null", "none", "nan", "nat", "0", "(empty)", "(null)", "[]", "{}"))
"""Cells that say that there is nothing, in lower case."""


def is_path_of_program(value: str) -> bool:
    """A path or file name that can be nothing but a program's: by its ending, or by the folder of programs that it is in."""
    value = value.strip().strip('"')
    if not value or len(value) > LONGEST_PATH:
        return False
    if value[:1] == "/":
        return _PROGRAM_FOLDER.match(value) is not None and not value.endswith("/") and not _is_document(value)
    if _PROGRAM_ENDING.search(value) is None:
        return False
    return _WINDOWS_PATH.match(value) is not None or not re.search(r'[/:*?"<>|]', value)


def is_program(value: str) -> bool:
    """The same, or a name as process lists have it: sshd, kworker/0:1, System. For columns whose name says that it is a
    program.
    """
    value = value.strip().strip('"')
    if is_path_of_program(value) or value.casefold() in _WINDOWS_NAMES:
        return True
    if not value or len(value) > LONGEST_PATH or value.replace(".", "").isdigit():
        return False
    if value[:1] == "/":
        return not value.endswith("/") and not _is_document(value)
    if _WINDOWS_PATH.match(value):
        return not value.endswith("\\") and not _is_document(value)
    return _BARE.fullmatch(value) is not None and not _is_document(value)


def is_command_line(value: str) -> bool:
    """A program's path or name and, behind a blank, what it was told; or a program's path alone."""
    value = value.strip()[:LONGEST_PATH]
    if value[:1] == '"':
        first, _, rest = value[1:].partition('"')
        return is_path_of_program(first) and rest[:1] in ("", " ")
    return is_path_of_program(value) or is_path_of_program(value.partition(" ")[0])


def has_arguments(value: str) -> bool:
    """Whether a command line says more than the path of a program."""
    value = value.strip()[:LONGEST_PATH]
    if value[:1] == '"':
        return bool(value[1:].partition('"')[2].strip())
    return bool(value.partition(" ")[2].strip()) and not is_path_of_program(value)


def names_program(command: str, program: str) -> bool:
    """Whether a command line begins with a program, with or without its folder and ending: "cmd /c dir" with cmd.exe."""
    command = command.strip()[:LONGEST_PATH]
    name = _stem(program.strip().strip('"')[:LONGEST_PATH])
    if command[:1] == '"':
        return _stem(command[1:].partition('"')[0]) == name
    return bool(name) and (_stem(command.partition(" ")[0]) == name or command.casefold().startswith(program.casefold()))


def _stem(path: str) -> str:
    return _PROGRAM_ENDING.sub("", re.split(r"[\\/]", path)[-1]).casefold()


def _is_document(value: str) -> bool:
    """Whether a name has an ending that is no program's."""
    name = re.split(r"[\\/]", value)[-1]
    return _ENDING.search(name) is not None and _PROGRAM_ENDING.search(name) is None


def is_number(value: str) -> bool:
    """A process id, 0 too."""
    return _NUMBER.fullmatch(value.strip()) is not None


def is_clock(value: str) -> bool:
    """A time of day without a date."""
    return _CLOCK.fullmatch(value.strip()) is not None


def is_date(value: str) -> bool:
    """A date in digits without a time of day."""
    return _DATE.fullmatch(value.strip()) is not None


def is_nothing(value: str) -> bool:
    """Whether a cell says that there is nothing."""
    return value.strip().casefold() in NOTHING


def is_absent(value: str) -> bool:
    """The same, but for a 0: that is a user's number or a parent's."""
    return is_nothing(value) and value.strip() != "0"


_CREATION = re.compile(
    r"process(?:es)?[\s_.:-]*(?:was[\s_-]*|has[\s_-]*been[\s_-]*)?(?:creat|start|launch|exec|spawn|rollup)"
    r"|(?:creat|start|launch|exec|spawn)\w*[\s_-]*(?:of[\s_-]*)?(?:a[\s_-]*|new[\s_-]*)*(?:process|proc)\b"
    r"|^(?:proc|ps)[\s_-]*(?:start|create|exec|new)|^new[\s_-]*process|^exec(?:ve|veat|ution|uted?)?$|^sys(?:call)?_?execve(?:at)?$",
    re.IGNORECASE,
)
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_LONGEST_NAME = 200
_PLAIN_CREATION = frozenset(
    ("start", "started", "create", "created", "creation", "launch", "launched", "spawn", "4688", "process")
)
_OTHERWISE = re.compile(
    r"terminat|\bexit|\bstop|\bend(?:ed)?\b|\bfork|\bkill|file|\breg(?:istry|[a-z]*key|[a-z]*value)?\b|network|connect|\bdns\b"
    r"|\bmodule|\bimage[\s_-]*load|\bload|\bdriver|\bpipe|\bthread|\bhandle|logon|login|access|\bwrite|\bread|\bdelete|\brename"
    r"|\bopen|\bclose|\btcp|\budp|\bsend|\breceive|\bquery|\bflow|\balert",
    re.IGNORECASE,
)


def _words(value: str) -> str:
    """process_exit and ProcessExit as process exit."""
    return _HUMP.sub(" ", value.strip()[:_LONGEST_NAME]).replace("_", " ").replace("-", " ").replace(".", " ")


def tells_creation(value: str) -> bool:
    """Whether the name of an event is that of a process creation."""
    words = _words(value)
    return _CREATION.search(words) is not None or words.casefold() in _PLAIN_CREATION


def tells_otherwise(value: str) -> bool:
    """Whether it is that of something else: the end of a process, files, registry, network."""
    return not tells_creation(value) and _OTHERWISE.search(_words(value)) is not None
