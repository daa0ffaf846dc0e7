"""docs/knowledge.md, made of the tables of pairs and their cases.

`python -m tests.engine.knowledge.breaks_page` writes it anew.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from engine.knowledge.pair_rules import STARTS
from engine.knowledge.tables import Block, blocks, load, techniques, words

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "knowledge.md"
CASES = tomllib.loads((Path(__file__).parent / "break_cases.toml").read_text(encoding="utf-8"))
GROUPS = {name: load(names[0])["places"] for names in STARTS.values() for name in names}
"""File of starts -> the places that it means."""
TABLES = {"break": ("lineage",), "expected": ("lineage",), "barren": ("lineage",), "starts": tuple(GROUPS), "usual": ("usual",)}
"""Kind of entry -> its files."""
EXAMPLES = {row: pairs for rows in CASES.values() for row, pairs in rows.items()}
HEAD = """# What oddkin knows of who starts whom

Before it has seen a log of an estate, oddkin knows which programs healthy systems start by which: the tables in
`engine/knowledge/data`, written from public documentation and fitted to no recording. This page lists every entry; it is made of
the tables and their cases, and a test compares (`python -m tests.engine.knowledge.breaks_page` writes it anew).

Weights are by meaning. 1: people investigate at once, wherever they see it. 0.7 to 0.9: hardly ever meant well; who knows of a
reason knows this estate. 0.4 to 0.6: some estates do it, and intruders do. Below: everyday life does it, now and then. A pair has
the weight of the heaviest entry that speaks of it. In the prior of a chain it counts 1.5 fold; beside it stand the risk of the
place (2 for the program, 1 for its parent; what belongs there carries none: `residents.toml`), a name that contradicts its place
(2, 1) and the role of the last program (0.7).

*Parents* and *children* are roles in capitals ([roles](../engine/knowledge/roles.py)), places in italics, programs by name. The
last column has a case of either kind from `tests/engine/knowledge/break_cases.toml`: the first is told by the entry, the second
weighs at most 0.4. `tests/engine/knowledge/test_breaks.py` runs all cases of each entry, named by the entry's id.

What no entry is about, on purpose: package managers and their maintainer scripts, installers and management agents starting
anything, explorer starting anything but the few tools of `clicked-proxy`, sudo, su, logins and cron starting shells, container
runtimes starting an image's entry point, vendors' services and tasks in Program Files. By path alone an abuse of these looks like
them; rules over command lines (`commands.toml`), and how often a pair happens here, tell them apart.
"""
TITLES = {
    "break": (
        "Breaks between roles",
        "Where two weights stand, the second counts when exactly one process is between the two (0.7 fold in the prior).",
    ),
    "starts": ("What single programs must not start", "Where roles are too coarse: by name, role or place."),
    "expected": (
        "Expected parents",
        "Programs that one parent starts on a healthy system: the *parents* are the expected ones, any other is the break.",
    ),
    "barren": (
        "Programs that start next to nothing",
        "The *children* are expected. Any other is a break when it is a shell, a tool or lies where users can write.",
    ),
    "usual": (
        "What is usual although roles say otherwise",
        "The *weight* is the most that roles and names may make of the pair. Cases: made light of; as heavy as ever.",
    ),
}


PLACES = """
## What belongs where its place is risky

A program of this list in its directory has no point for the place, neither has what it starts, and its name is at home there.
What looks like a set-up program where set-up programs unpack themselves carries a part of the risk of the temporary directory.

"""


def page() -> str:
    """The whole document."""
    return HEAD + "".join(_table(kind) for kind in TITLES) + PLACES + _places()


def _places() -> str:
    lines = ["| directories | programs | why |", "|---|---|---|"]
    for block in blocks("resident", ("residents",)):
        lines.append(f"| {_code(block['directories'])} | {', '.join(words(block))} | {block['why']} |")
    lines += ["", "| within | directory | programs | share of the risk | why |", "|---|---|---|---|---|"]
    for block in blocks("set_up", ("residents",)):
        programs = "any" if block["any"] else "INSTALLER"
        where = ", ".join(f"*{place}*" for place in block["within"])
        lines.append(f"| {where} | {_code([block['directory']])} | {programs} | {block['share']} | {block['why']} |")
    return "\n".join(lines) + "\n"


def _code(texts: list[str]) -> str:
    return ", ".join(f"`{text}`" for text in texts).replace("|", "\\|")


def _table(kind: str) -> str:
    title, said = TITLES[kind]
    lines = [
        f"\n## {title}",
        "",
        said,
        "",
        "| entry | parents | children | weight | why | techniques | source | a case; not one |",
    ]
    lines.append("|" + "---|" * 8)
    for file in TABLES[kind]:
        lines += [_row(kind, block, GROUPS.get(file, {})) for block in blocks(kind, (file,))]
    return "\n".join(lines) + "\n"


def _row(kind: str, block: Block, places: Block) -> str:
    weight = f"{block['weight']} {block['grand']}" if "grand" in block else f"{block.get('weight', block.get('at_most'))}"
    cases = EXAMPLES[block["id"]]
    shown = "; ".join(f"`{cases[one].split(' | ')[0]}`" for one in ("fires", "silent"))
    cells = (block["id"], *_sides(kind, block, places), weight, block["why"], " ".join(techniques(block)), block["source"], shown)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _sides(kind: str, block: Block, places: Block) -> tuple[str, str]:
    if kind == "break":
        return _roles(block["parents"]), _roles(block["children"])
    if kind == "expected":
        return ", ".join(words(block, "parents")), ", ".join(words(block))
    if kind == "barren":
        return ", ".join(words(block)), ", ".join(words(block, "children"))
    upper = [_roles(block.get("parent_roles", [])), ", ".join(words(block, "parents"))]
    where = ", ".join(f"*{place}*" for group in block.get("places", []) for place in places[group].split())
    lower = [_roles(block.get("roles", [])), ", ".join(words(block, "children")), where]
    but = f" (not {', '.join(words(block, 'but'))})" if "but" in block else ""
    return _joined(upper), (_joined(lower) or "any") + but


def _roles(names: list[str]) -> str:
    return ", ".join(name.upper().replace("_", " ") for name in names)


def _joined(parts: list[str]) -> str:
    return ", ".join(part for part in parts if part)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
