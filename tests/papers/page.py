"""The page that sets sentences, commands and what they print beside each other, docs/papers.md."""

from __future__ import annotations

import re
from collections.abc import Sequence
from textwrap import fill

from tests.papers.first_paper import STATEMENTS as FIRST
from tests.papers.home import PREPARE
from tests.papers.kept import Kept
from tests.papers.second_paper import STATEMENTS as SECOND
from tests.papers.statement import Statement

ALL = (*FIRST, *SECOND)
TITLES = {
    1: "The first paper: paths as sentences, rules from clusters, an autoencoder",
    2: "The second paper: an LSTM over sequences of ten",
}
HEAD = """# Both papers, sentence by sentence

What the two papers say that can be checked, the command that checks it, and what it prints here. Made by
`python -m tests.papers --recordings recordings --write docs/papers.md`; the sentences are in the papers' sense and not their
words, what is printed is cut out of the commands' output by expressions (`tests/papers`). The suite runs every command in a small
form.

1. A. Patel, *Detection of anomalous process creation chains using word vectorization, normalization, and an autoencoder*,
   F-Secure, 2020. Line by line what is its own and what is ours: `engine/detector/presets.py`.
2. The repository amitsec-ai/lstm-abnormal-process and its article. Line by line: `engine/classifier/published/recipe.py` and
   `engine/classifier/synthetic/paper.py`.

In an empty folder with `recordings`, the labelled recordings, which the project does not ship (commands with `-w real` need them;
the others do with the first two lines):

```sh
{prepare}
```

`MODEL` is the model that the training before it printed; `python -m` needs the project's own folder in `PYTHONPATH`.
Runs of many minutes were made by hand and are kept with their date (`tests/papers/measured.json`); `--long` makes them anew. CPU
seconds are of two cores shared with other work.
"""
_SECTIONS = re.compile(r"^(?=### )", re.MULTILINE)


def section(statement: Statement, prints: str, runs: Sequence[Kept] = ()) -> str:
    """Markdown of one statement: what it prints now, or what runs of it printed, each with the command that it was."""
    parts = [f"### {statement.name}", _wrapped(statement.says)]
    if not runs:
        parts += [_typed(typed(statement)), _printed(prints)]
    for run in runs:
        spent = f", {run.seconds:,.0f} s of CPU" if run.seconds else ""
        parts += [_typed(run.command), _printed(run.prints), f"Run on {run.date}, {run.machine}{spent}."]
    return "\n\n".join([*parts, *[_wrapped(statement.remark)] * bool(statement.remark)]) + "\n"


def typed(statement: Statement) -> str:
    """The command, behind the one that has to run before it where no other sentence has that one."""
    before = statement.command.after
    if before is None or before in [one.command for one in ALL]:
        return statement.command.text
    return f"{before.text}\n{statement.command.text}"


def _wrapped(text: str) -> str:
    return fill(text, 130, break_long_words=False, break_on_hyphens=False)


def _typed(command: str) -> str:
    return f"```sh\n{command}\n```"


def _printed(text: str) -> str:
    return f"```text\n{text}\n```"


def page(made: dict[str, str]) -> str:
    """The whole page of sections by the names of their statements; one that is not made is left out."""
    parts = [HEAD.format(prepare="\n".join(command.text for command in PREPARE))]
    for paper, title in TITLES.items():
        parts.append(f"## {title}\n")
        parts += [made[one.name] for one in ALL if one.paper == paper and one.name in made]
    return "\n".join(parts)


def sections(written: str) -> dict[str, str]:
    """Those of a page that was written, by name."""
    _, *parts = _SECTIONS.split(written)
    return {part.partition("\n")[0].removeprefix("### "): part.split("\n## ")[0].rstrip("\n") + "\n" for part in parts}
