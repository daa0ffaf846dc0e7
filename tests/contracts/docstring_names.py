"""Names in backticks in docstrings, and what such a name may be.

A name is looked for among what the code itself says: modules, functions, classes, parameters, attributes, keys and columns
(strings that are one word), names of the libraries as the code uses them, and the local names of the docstring's own module.
Anything else in backticks (a record, a command line, syntax) is a sample and no name; commands of ours are held against
the command line, files against the folder. Words of sentences do not count: with them nearly every word there is would exist.
"""

from __future__ import annotations

import ast
import builtins
import keyword
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.contracts.sources import PACKAGES, ROOT, SOURCES, dotted, nodes, parsed

IN_BACKTICKS = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
NAME = re.compile(r"[A-Za-z_]\w*(\.\w+)*(\([\w, .=…*\"']*\))?")
FILE = re.compile(r"[\w.-]+(/[\w.-]+)+\.(py|toml|md|json|npz)")
OPTION = re.compile(r"--[a-z][\w-]+")
KEY = re.compile(r"[\w.:@/-]+")
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def docstrings(tree: Iterable[ast.AST]) -> Iterator[ast.Constant]:
    """Every string among these nodes that stands for itself: of modules, classes, functions, below an attribute or a constant."""
    for node in tree:
        for part in getattr(node, "body", None) or () if not isinstance(node, ast.Lambda | ast.IfExp) else ():
            if isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant) and isinstance(part.value.value, str):
                yield part.value


@dataclass
class Names:
    """What exists, by kind."""

    anywhere: set[str] = field(default_factory=lambda: {*dir(builtins), *keyword.kwlist})
    local: dict[Path, set[str]] = field(default_factory=lambda: defaultdict(set))
    members: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Of classes and modules, by their last name; classes of one name share them."""
    modules: set[str] = field(default_factory=set)
    bases: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def has(self, owner: str, member: str) -> bool:
        """Whether the class (or module), or one of its bases, has the member."""
        owners, seen = [owner], set()
        while owners:
            one = owners.pop()
            if member in self.members.get(one, ()):
                return True
            seen.add(one)
            owners += self.bases.get(one, set()) - seen
        return False


def _bound(target: ast.AST) -> Iterator[str]:
    for node in ast.walk(target):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _collect_class(names: Names, node: ast.ClassDef) -> None:
    names.bases[node.name] |= {ast.unparse(base).split("[")[0].split(".")[-1] for base in node.bases}
    for part in node.body:
        names.members[node.name] |= {part.name} if isinstance(part, Definition) else set(_bound(part))
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store) and ast.unparse(part.value) == "self":
            names.members[node.name].add(part.attr)


def _collect_module(names: Names, path: Path, tree: ast.Module) -> None:
    names.modules.add(dotted(path))
    last = dotted(path).rpartition(".")[2]
    for part in tree.body:
        found = {part.name} if isinstance(part, Definition) else set(_bound(part))
        if isinstance(part, ast.Import | ast.ImportFrom):
            found = {alias.asname or alias.name for alias in part.names}
        names.members[last] |= found
        names.members[dotted(path)] |= found
        names.anywhere |= found


def _collect_node(names: Names, path: Path, node: ast.AST) -> None:
    if isinstance(node, ast.Name):
        names.local[path].add(node.id)
    elif isinstance(node, ast.Attribute):
        names.anywhere.add(node.attr)
    elif isinstance(node, ast.arg | ast.keyword):
        names.anywhere |= {node.arg} if node.arg else set()
    elif isinstance(node, Definition):
        names.anywhere.add(node.name)
    elif isinstance(node, ast.alias):
        names.anywhere |= {node.name, *node.name.split("."), node.asname or node.name}
    elif isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
        text = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
        names.anywhere |= set(KEY.findall(text)) if KEY.fullmatch(text) else set(OPTION.findall(text))
        # A list of columns or keys in one string, apart by blanks or commas.
        if re.fullmatch(r"[a-z_0-9., \n]+", text) and "_" in text:
            names.anywhere |= set(re.findall(r"\w+", text))


@cache
def known_names() -> Names:
    """All names of the packages, collected once."""
    names = Names()
    for path in SOURCES:
        tree = parsed(path)
        documented = {id(constant) for constant in docstrings(nodes(path))}
        _collect_module(names, path, tree)
        for node in nodes(path):
            if isinstance(node, ast.ClassDef):
                _collect_class(names, node)
            if id(node) not in documented:
                _collect_node(names, path, node)
    names.anywhere |= {part for module in names.modules for part in module.split(".")}
    names.anywhere |= {f"--{name.replace('_', '-')}" for name in names.anywhere if name.islower()}
    return names


def exists(name: str, path: Path, commands: set[str]) -> bool:
    """Whether what stands in backticks in this module is something that exists. Samples exist by definition.

    `commands` are the command line's, each with its group: "rules learn".
    """
    names = known_names()
    if name.startswith("oddkin "):
        words = [word for word in name.split()[1:] if re.fullmatch("[a-z][a-z-]*", word)]
        known = {*commands, *(command.split()[0] for command in commands)}
        return not words or " ".join(words[:2]) in known or words[0] in known
    if FILE.fullmatch(name) and name.partition("/")[0] in {*PACKAGES, "tests", "docs"}:
        return (ROOT / name).exists()
    if OPTION.fullmatch(name):
        return name in names.anywhere
    if not NAME.fullmatch(name):
        return True
    return _is_name(names, name.partition("(")[0], path)


def _is_name(names: Names, name: str, path: Path) -> bool:
    if name in names.anywhere or name in names.local[path] or name in names.modules:
        return True
    parts = name.split(".")
    if len(parts) == 1:
        return False
    if parts[0] in PACKAGES:
        return any(
            ".".join(parts[:cut]) in names.modules and _has_all(names, ".".join(parts[:cut]), parts[cut:])
            for cut in range(1, len(parts))
        )
    if parts[0] in names.members:
        return _has_all(names, parts[0], parts[1:])
    # A parameter's or a library's attribute: `request.paths`, `np.unique`.
    return all(part in names.anywhere or part in names.local[path] for part in parts)


def _has_all(names: Names, owner: str, parts: list[str]) -> bool:
    for part in parts:
        if not names.has(owner, part):
            return False
        owner = part
    return True
