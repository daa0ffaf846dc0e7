"""What a command line asks another host to start, and whether that is what was started.

By position and by names of programs and options, never by a sentence in some language. Hostile texts cost what their first
4,096 characters cost: no expression here can be matched in two ways.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.knowledge.remote_starts import SHELLS, RemoteStarter, starters, starting_programs
from engine.knowledge.roles import stem
from engine.paths import basename
from engine.words.command_line import decoded

LONGEST = 4096
MOST_WORDS = 128
MOST_TARGETS = 256
OCCURRENCES = 64
"""How often a command is looked for in a text that has its beginning again and again."""
_WORD = re.compile(r"(?:\"[^\"]*\"?|'[^']*'?|[^\s\"'])+")
_BLOB = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{24,}={0,2}")
_NAME = re.compile(r"[\w.-]{2,80}")
_PROGRAM = re.compile(r"\.exe(?=\s|$)")
_BLANKS = str.maketrans(dict.fromkeys("\"'^{}()`,", " "))
_QUOTES = str.maketrans("\"'", "  ")
_ENTRIES = ("crontab", "/etc/cron", "/var/spool/cron")
_COMPUTED = ("$", "(", "@", "{")
"""A target that begins so stands in a file or a variable."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a command line tells of a start elsewhere."""

    how: str
    targets: tuple[str, ...]
    """Names and addresses as written."""
    listed: bool
    """There are more, in a file or a variable that no log shows."""
    loose: bool
    """Any word of it may be a target: only those count that are hosts of the case."""
    user: str
    """Whom it logs in as, "" where it does not say."""
    text: str
    """`reduced` text that has the command in it, if there is one."""
    tail: str
    """`reduced` command by itself, "" where its beginning is not known."""
    service: str
    """Name of the service that is made or started, "" where it is not told."""
    opens: bool
    """A session is asked for, and no command."""
    renamed: bool
    """The program's name says nothing: no more than a guess without the same command at the other end."""


@dataclass(slots=True)
class _Found:
    targets: list[str]
    listed: bool = False
    user: str = ""
    rest: Sequence[str] = ()
    """Words behind the target."""


def told(image: str, original_name: str, command: str) -> Told | None:
    """What is asked for, None where nothing is."""
    found = _WORD.findall(command[:LONGEST])[:MOST_WORDS]
    if len(found) < 2:
        return None
    places = {_name(found[0]): 1, _name(image): 1, _name(original_name): 1, _file(original_name): 1}
    # The script that an interpreter runs stands behind it.
    places = {_file(found[1]): 2, _name(found[1]): 2} | places if not found[1].startswith(("-", "/c", "/C")) else places
    lowered = command[:LONGEST].casefold()
    for starter in starters():
        begin = min((places[name] for name in starter.programs & places.keys()), default=None if starter.programs else 1)
        if begin is None:
            continue
        words, clear = found, lowered
        if "powershell" in starter.programs:  # its commands stand in quotes, or in base64
            clear = lowered + _hidden(command)
            words = clear.translate(_QUOTES).split()[: 2 * MOST_WORDS]
        there = all(any(word in clear for word in group) for group in starter.words)
        if there and (made := _told(starter, words, begin)) is not None:
            return made
    return None


def names_a_start(command: str) -> bool:
    """Whether a command line is worth looking at, whatever its program is called. Cheap: asked for every one of a case."""
    text = command[:LONGEST]
    if "\\\\" in text or any(mark in text for mark in _ENTRIES):
        return True
    begin = text[:400].split(None, 2)[:2]
    return any(name in starting_programs() for word in begin for name in (_name(word), _file(word)))


def started_key(image: str, command: str) -> str:
    """A started command as it stands in the command line that asked for it: `reduced`, the program without its directory."""
    text = command[:LONGEST].strip()
    if text.startswith('"'):
        program, _, rest = text[1:].partition('"')
    else:
        program, _, rest = text.partition(" ")
        name = basename(image).casefold()
        if text[1:3] == ":\\" and name and (at := text.casefold().find("\\" + name)) > 0:  # an unquoted path with blanks
            program, rest = text[: at + 1 + len(name)], text[at + 1 + len(name) :]
    return reduced(f"{_name(program)} {rest}")


def reduced(text: str) -> str:
    """A text without what shells take away: quotes, brackets, the extension of programs, more than one blank."""
    return " ".join(_PROGRAM.sub("", text[:LONGEST].translate(_BLANKS).casefold()).split())


def matched(wanted: Told, key: str) -> int:
    """How many characters of the command that was asked for were started; 0 for another command. key: `started_key`."""
    if key and contained(key, wanted.text):
        return len(key)
    if names_service(wanted, key):
        return len(wanted.service)
    # A shell at the other end is given the command as its argument.
    return len(wanted.tail) if len(wanted.tail) > 3 and contained(wanted.tail, key) else 0


def names_service(wanted: Told, key: str) -> bool:
    """Whether the service that was asked for is what was started, by the name in its command line, and not a command given."""
    return bool(wanted.service) and not contained(key, wanted.text) and contained(wanted.service, key)


def given_keys(wanted: Told) -> set[str]:
    """`started_key` of a command that stands at the end of what was asked for, and of a shell that is given the whole of it."""
    found = {f"{shell} {'/c' if shell == 'cmd' else '-c'} {wanted.tail}" for shell in SHELLS} if wanted.tail else set()
    rest = wanted.text
    for _ in range(MOST_WORDS // 2):
        program, blank, behind = rest.partition(" ")
        found.add(f"{_name(program)}{blank}{behind}")
        rest = behind
        if not blank:
            break
    return found


def contained(part: str, whole: str) -> bool:
    """Whether a text stands in another one as whole words, the first of them perhaps behind a directory."""
    start = 0
    for _ in range(OCCURRENCES):
        at = whole.find(part, start)
        if at < 0:
            return False
        after = at + len(part)
        if (at == 0 or whole[at - 1] in " \\/=;&|") and (after == len(whole) or whole[after] in " ;&|<>"):
            return True
        start = at + 1
    return False


def program_names(text: str) -> set[str]:
    """Names of programs that a reduced text may start: its words without directories."""
    return {name for word in text.split()[:MOST_WORDS] if (name := stem(re.split(r"[\\/=;&|]", word)[-1]))}


def _told(starter: RemoteStarter, found: list[str], begin: int) -> Told | None:
    words = [_bare(word) for word in found]
    where = _FORMS[starter.target](starter, words, begin)
    if where is None or not (where.targets or where.listed):
        return None
    behind = _commands(starter, where.rest)
    if starter.renamed and not behind:
        return None
    ahead = starter.target in ("option", "argument")
    text = "" if starter.target == "copy" else reduced(" ".join(words[begin:] if ahead else where.rest))
    loose = starter.target == "argument"
    tail = "" if loose else reduced(" ".join(behind))
    opens = any(word.casefold() in starter.opens for word in words) if ahead else not tail
    targets = tuple(dict.fromkeys(where.targets))[:MOST_TARGETS]
    service = _service(starter, [word.casefold() for word in where.rest])
    return Told(starter.how, targets, where.listed, loose, where.user, text, tail, service, opens, starter.renamed)


def _service(starter: RemoteStarter, words: Sequence[str]) -> str:
    """Behind the verb of sc, or behind the option of PsExec that names it."""
    if starter.how == "service" and len(words) > 1:
        return reduced(words[1])
    return reduced(words[words.index("-r") + 1]) if starter.how == "psexec" and "-r" in words[:-1] else ""


def _share(starter: RemoteStarter, words: list[str], begin: int) -> _Found | None:
    for place in range(begin, len(words)):
        word = words[place].rstrip("\\")
        if word.startswith("\\\\") and "\\" not in word[2:] and len(word) > 2:
            names = [name for name in word[2:].split(",") if name]
            return _Found([name for name in names if name != "*"], "*" in names, rest=words[place + 1 :])
        if word.startswith("@") and not starter.renamed:
            return _Found([], listed=True, rest=words[place + 1 :])
    return None


def _option(starter: RemoteStarter, words: list[str], begin: int) -> _Found | None:
    for place in range(begin, len(words)):
        name, value = _divided(words[place])
        if not any(name == option or (len(name) > 4 and option.startswith(name)) for option in starter.options):
            continue
        after = place + 1
        if not value and after < len(words):
            value, after = words[after], after + 1
        while value.endswith(",") and after < len(words):
            value, after = value + words[after], after + 1
        names = [each for each in value.rstrip(",").split(",") if each]
        known = [each.removeprefix("\\\\") for each in names if not each.startswith(_COMPUTED)]
        return _Found(known, len(known) < len(names), rest=words[after:])
    return None


def _login(starter: RemoteStarter, words: list[str], begin: int) -> _Found | None:
    user, place = "", begin
    while place < len(words) and words[place].startswith("-"):
        word = words[place]
        if word == "-l" and place + 1 < len(words):
            user = words[place + 1]
        elif word.startswith("-l") and len(word) > 2 and starter.how == "ssh":
            user = word[2:]
        place += 2 if word in starter.valued else 1
    if place >= len(words):
        return None
    account, _, host = words[place].removeprefix("ssh://").rpartition("@")
    account = account.partition(":")[0].rpartition("/")[2] if account else user
    return _Found([host], user=account, rest=words[place + 1 :])


def _copy(starter: RemoteStarter, words: list[str], begin: int) -> _Found | None:
    place = begin
    while place < len(words):
        word = words[place]
        if word.startswith("-"):
            place += 1 if word in starter.valued else 0
        else:
            account, at, host = word.partition(":")[0].rpartition("@")
            if (":" in word and len(host) > 1 and "/" not in host and "\\" not in host) or at:
                return _Found([host], user=account)
        place += 1
    return None


def _argument(starter: RemoteStarter, words: list[str], begin: int) -> _Found | None:
    return _Found(_NAME.findall(" ".join(words[begin:]))[:MOST_WORDS], rest=())


_FORMS = {"share": _share, "option": _option, "login": _login, "copy": _copy, "argument": _argument}


def _commands(starter: RemoteStarter, words: Sequence[str]) -> Sequence[str]:
    """What follows the options: the command, where one is given."""
    posix, place = starter.how == "ssh", 0
    while place < len(words):
        word = words[place]
        if not (word.startswith("-") or (not posix and word.startswith("/") and "/" not in word[1:])):
            break
        place += 2 if (word if posix else word.casefold()) in starter.valued else 1
    return words[place:]


def _divided(word: str) -> tuple[str, str]:
    """An option, and what stands behind its colon or equals sign."""
    for place, char in enumerate(word[:40]):
        if char in ":=":
            return word[:place].casefold(), word[place + 1 :]
    return word[:40].casefold(), ""


def _hidden(command: str) -> str:
    """What PowerShell is given as base64, in the clear."""
    clear = [decoded(match.group()) for match in _BLOB.finditer(command[:LONGEST])]
    return " " + " ".join(text for text in clear if text).casefold() if any(clear) else ""


def _bare(word: str) -> str:
    return word.replace('"', "").replace("'", "")


def _file(path: str) -> str:
    return re.split(r"[\\/]", _bare(path))[-1].casefold()


def _name(path: str) -> str:
    return stem(_file(path))
