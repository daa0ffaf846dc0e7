"""Run the commands of both papers' sentences and make the page of what they print.

python -m tests.papers [--recordings FOLDER] [--folder FOLDER] [--only NAME]... [--long] [--write docs/papers.md]

Without recordings the sentences that need them are left as the page has them, and so are those that --only does not name.
"""

from __future__ import annotations

import argparse
import datetime
import sys
import tempfile
from pathlib import Path

from tests.papers import kept
from tests.papers.home import Failed, Home, as_typed
from tests.papers.page import ALL, page, section, sections
from tests.papers.statement import NotShown, Statement, shown


def main() -> int:
    """Exit code 1 when a command fails or does not show what it has to."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.papers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--recordings", type=Path, metavar="FOLDER", help="the labelled recordings")
    parser.add_argument("--folder", type=Path, help="where the commands run; what was prepared there before is taken")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="one sentence, by the name of its section")
    parser.add_argument("--long", action="store_true", help="the long ones too, anew (an hour of CPU)")
    parser.add_argument("--machine", default="two cores", help="what is written beside a long run")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page")
    asked = parser.parse_args()
    if unknown := set(asked.only) - {one.name for one in ALL}:
        parser.error(f"no such sentence: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        return run(Home(folder.resolve(), as_typed, small=False), asked)


def run(home: Home, asked: argparse.Namespace) -> int:
    """Every sentence that is asked for, in the order of the page."""
    home.prepare(asked.recordings)
    written = asked.write.read_text(encoding="utf-8") if asked.write and asked.write.exists() else ""
    made, failed = sections(written), 0
    for statement in ALL:
        if asked.only and statement.name not in asked.only:
            continue
        if not asked.recordings and {"real", "recordings"} & set(statement.command.words(small=False)):
            print(f"{statement.name}: needs --recordings, left as it is", file=sys.stderr, flush=True)
            continue
        print(f"{statement.name}: {statement.command.text}", file=sys.stderr, flush=True)
        try:
            made[statement.name] = _made(home, statement, asked)
        except (Failed, NotShown) as error:
            print(f"{statement.name}: {error}", file=sys.stderr, flush=True)
            failed += 1
            continue
        print(made[statement.name], flush=True)
    if asked.write:
        asked.write.write_text(page(made), encoding="utf-8")
    return 1 if failed else 0


def _made(home: Home, statement: Statement, asked: argparse.Namespace) -> str:
    """The section of one sentence. Raises Failed, NotShown."""
    command = statement.command
    if not command.long:
        return section(statement, shown(statement.shows, home.output(command).text))
    if asked.long:
        done = home.output(command)
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        prints = shown(statement.shows, done.text)
        run = kept.Kept(statement.name, command.text, today, asked.machine, round(done.seconds), prints)
        kept.write(kept.with_run(kept.read(), run))
    runs = [one for one in kept.read() if one.statement == statement.name and one.of(command)]
    if not runs:
        raise NotShown(f"no run of it is kept: {kept.FILE.name}")
    return section(statement, "", runs)


if __name__ == "__main__":
    sys.exit(main())
