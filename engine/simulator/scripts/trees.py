r"""The little language in which the data files write process trees: one process a line, indentation is parenthood.

    [name=outlook wait=4] {pf}\Microsoft Office\\root\Office16\OUTLOOK.EXE :: $
      [p=.2] {sys}\splwow64.exe :: {s32}\splwow64.exe 12288

`image :: command line`; `$` opens a command line with the program itself (quoted path on Windows, bare name on Linux).
Options: `p` probability, `n` how often ("2-5"), `wait` mean seconds after the sibling before, `life` mean seconds to
live after the last child started, `as` account, `il` integrity, `cwd`, `name` (stays until the session or the machine
ends, and others may start below it), and the flags `fork` (a process that no log tells of), `exec` (replaces the
image in the parent's pid), `con` (a console program: gets its conhost.exe).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from engine.simulator.scripts.texts import Text, compile_text

_LINE = re.compile(r"^(?P<indent> *)(?:\[(?P<options>[^\]]*)\] )?(?P<image>.*?)(?: :: (?P<command>.*))?$")
_KEYS = frozenset({"p", "n", "wait", "life", "as", "il", "cwd", "name", "fork", "exec", "con"})
_CONHOST = (
    r"[wait=.02 life=30] {sys}\conhost.exe :: "
    r"\??\C:\Windows\system32\conhost.exe {pick:0xffffffff -ForceV1|0xffffffff -ForceV1|0x4}"
)


@dataclass(slots=True)
class ScriptNode:
    """One process of a tree as written; `Machine.launch` makes processes of it."""

    image: Text
    command: Text
    probability: float = 1.0
    least: int = 1
    most: int = 1
    wait: float | None = None
    """Mean seconds after the previous sibling (or the parent); None takes the operating system's usual."""
    life: float = 3.0
    account: str = ""
    integrity: str = ""
    cwd: Text | None = None
    name: str = ""
    fork: bool = False
    replaces: bool = False
    children: list[ScriptNode] = field(default_factory=list)


def parse_tree(text: str, windows: bool) -> tuple[ScriptNode, ...]:
    """The roots of a tree. Raises ValueError with the line that is wrong."""
    roots: list[ScriptNode] = []
    stack: list[tuple[int, ScriptNode]] = []
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        depth, node = _parse_line(line, windows)
        while stack and stack[-1][0] >= depth:
            stack.pop()
        (stack[-1][1].children if stack else roots).append(node)
        stack.append((depth, node))
    if not roots:
        raise ValueError("a tree without processes")
    return tuple(roots)


def _parse_line(line: str, windows: bool) -> tuple[int, ScriptNode]:
    match = _LINE.match(line)
    if match is None or not match["image"]:
        raise ValueError(f"not a process: {line!r}")
    options = _options(match["options"] or "", line)
    image = match["image"].strip()
    node = ScriptNode(compile_text(image), compile_text(_command(match["command"], image, windows)))
    node.probability = float(options.get("p", 1))
    least, _, most = options.get("n", "1").partition("-")
    node.least, node.most = int(least), int(most or least)
    node.wait = float(options["wait"]) if "wait" in options else None
    node.life = float(options.get("life", 3))
    node.account, node.integrity, node.name = options.get("as", ""), options.get("il", ""), options.get("name", "")
    node.cwd = compile_text(options["cwd"]) if "cwd" in options else None
    node.fork, node.replaces = "fork" in options, "exec" in options
    if "con" in options:
        node.children.append(_parse_line(_CONHOST, windows)[1])
    return len(match["indent"]), node


def _options(text: str, line: str) -> dict[str, str]:
    options = {}
    for word in text.split():
        key, _, value = word.partition("=")
        if key not in _KEYS:
            raise ValueError(f"unknown option {key!r} in {line!r}")
        options[key] = value
    return options


def _command(text: str | None, image: str, windows: bool) -> str:
    """Expand the leading `$`; without a command line the program is named alone."""
    own = '"{image}"' if windows else "{base}"
    if text is None or text == "$":
        return own
    return own + text[1:] if text.startswith("$ ") else text
