"""`oddkin cases verify`: evidence is hashed again, and what is not as it was is named."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from engine.errors import Cancelled
from engine.jobs.verify import Fate, MovedEvidence, verify
from engine.progress import CancelToken, Run, Step
from store.workspace import open_workspace
from tests.test_ingest_reports import line, logs, run, zipped

__all__ = ["logs", "run"]  # fixtures

Command = Callable[..., Result]


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def verified(run: Command, *more: object) -> tuple[int, list[dict[str, Any]]]:
    done = run("cases", "verify", "--format", "json", *more)
    return done.exit_code, json.loads(done.stdout)


def outcomes(rows: list[dict[str, Any]], folder: Path) -> dict[str, str]:
    """Path below the folder, and of what the hash is -> outcome."""
    return {f"{row['path'].removeprefix(str(folder))} {row['what']}": row["outcome"] for row in rows}


@pytest.fixture
def delivered(logs: Path) -> Path:
    """A file, a compressed one, an archive with two logs, an archive in an archive."""
    (logs / "packed.json.gz").write_bytes(gzip.compress(line(20).encode(), mtime=0))
    (logs / "two.zip").write_bytes(zipped({"a.json": line(30), "b.json": line(31)}))
    inner = zipped({"deep.json": line(40)})
    (logs / "outer.zip").write_bytes(zipped({"inner.zip": inner.decode("latin-1")}))
    import zipfile

    with zipfile.ZipFile(logs / "outer.zip", "w") as archive:
        archive.writestr("inner.zip", inner)
    return logs


WHOLE = {
    "/good.json file": "same",
    "/outer.zip file": "same", "/outer.zip!inner.zip!deep.json content": "same",
    "/packed.json.gz file": "same", "/packed.json.gz content": "same",
    "/two.zip file": "same", "/two.zip!a.json content": "same", "/two.zip!b.json content": "same",
}  # fmt: skip


def test_what_was_ingested_is_the_same(run: Command, delivered: Path) -> None:
    assert run("ingest", delivered).exit_code == 0
    code, rows = verified(run)
    assert (code, outcomes(rows, delivered)) == (0, WHOLE)
    assert all(row["sha256"] == row["found"] for row in rows)
    of_file = {row["path"]: row["sha256"] for row in rows if row["what"] == "file"}
    assert of_file == {str(path): digest(path.read_bytes()) for path in delivered.iterdir()}
    (deep,) = [row for row in rows if row["path"].endswith("deep.json")]
    assert deep["found"] == digest(line(40).encode())


@pytest.mark.parametrize("name", ["good.json", "packed.json.gz", "two.zip", "outer.zip"])
def test_a_flipped_byte_anywhere_in_a_file_is_found(run: Command, delivered: Path, name: str) -> None:
    assert run("ingest", delivered).exit_code == 0
    file = delivered / name
    whole = file.read_bytes()
    places = range(0, len(whole), max(1, len(whole) // 12))
    for place in (*places, len(whole) - 1):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        code, rows = verified(run)
        found = outcomes(rows, delivered)
        assert code == 1, place
        assert found[f"/{name} file"] == "changed", place
        assert {key: value for key, value in found.items() if not key.startswith(f"/{name}")} == {
            key: value for key, value in WHOLE.items() if not key.startswith(f"/{name}")
        }


def test_a_changed_member_is_named_among_those_that_are_not(run: Command, delivered: Path) -> None:
    run("ingest", delivered)
    (delivered / "two.zip").write_bytes(zipped({"a.json": line(30), "b.json": line(32)}))
    code, rows = verified(run)
    found = outcomes(rows, delivered)
    assert code == 1
    assert (found["/two.zip file"], found["/two.zip!a.json content"]) == ("changed", "same")
    assert found["/two.zip!b.json content"] == "changed"
    (changed,) = [row for row in rows if row["path"].endswith("b.json")]
    assert (changed["sha256"], changed["found"]) == (digest(line(31).encode()), digest(line(32).encode()))


def test_what_is_gone_is_missing_a_member_too(run: Command, delivered: Path) -> None:
    run("ingest", delivered)
    (delivered / "good.json").unlink()
    (delivered / "two.zip").write_bytes(zipped({"a.json": line(30)}))
    done = run("cases", "verify")
    assert done.exit_code == 1
    lines = {text.split("  ")[-1] if "content" not in text else text for text in done.stdout.splitlines()}
    assert any(text.startswith("missing") and "good.json (file)" in text for text in done.stdout.splitlines())
    assert any("b.json (content)  the archive holds it no more" in text for text in lines)
    assert "8 hashes compared: 5 same, 1 changed, 2 missing" in done.stderr


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root reads everything")
def test_what_may_not_be_read_is_said_and_ends_with_3(run: Command, delivered: Path) -> None:
    run("ingest", delivered)
    (delivered / "good.json").chmod(0)
    code, rows = verified(run)
    assert (code, outcomes(rows, delivered)["/good.json file"]) == (3, "unreadable")


def test_a_folder_in_the_place_of_a_file_cannot_be_read(run: Command, delivered: Path) -> None:
    run("ingest", delivered)
    (delivered / "good.json").unlink()
    (delivered / "good.json").mkdir()
    code, rows = verified(run)
    assert (code, outcomes(rows, delivered)["/good.json file"]) == (3, "unreadable")


def test_an_encrypted_archive_wants_its_password_again(run: Command, logs: Path) -> None:
    import pyzipper

    with pyzipper.AESZipFile(logs / "locked.zip", "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(b"infected")
        archive.writestr("in.json", line(50))
    assert run("ingest", logs, "--password", "infected").exit_code == 0
    code, rows = verified(run)
    (member,) = [row for row in rows if row["what"] == "content"]
    assert (code, member["outcome"]) == (3, "unreadable")
    assert "password" in member["why"]
    assert verified(run, "--password", "infected")[0] == 0


def test_what_could_not_be_read_at_ingest_has_its_hash_all_the_same(run: Command, logs: Path) -> None:
    bad = logs / "bad.rar"
    bad.write_bytes(b"Rar!\x1a\x07" + bytes(100))
    (logs / "gone.json").symlink_to(logs / "nowhere")
    assert run("ingest", logs).exit_code == 3
    code, rows = verified(run)
    found = outcomes(rows, logs)
    assert found == {"/bad.rar file": "same", "/gone.json file": "missing", "/good.json file": "same"}
    assert code == 1
    bad.write_bytes(b"Rar!\x1a\x07" + bytes(99) + b"1")
    assert outcomes(verified(run)[1], logs)["/bad.rar file"] == "changed"


def test_a_damaged_member_gives_what_it_gave(run: Command, logs: Path) -> None:
    """What broke off is hashed as far as it could be read, now as then."""
    packed = gzip.compress("".join(line(number) + os.urandom(300).hex() + "\n" for number in range(1, 400)).encode())
    (logs / "cut.json.gz").write_bytes(packed[: len(packed) // 2])
    assert run("ingest", logs).exit_code == 3
    code, rows = verified(run)
    assert (code, set(outcomes(rows, logs).values())) == (0, {"same"})


def test_another_place_of_the_same_content_is_looked_at_too(run: Command, logs: Path) -> None:
    (logs / "copy.json").write_bytes((logs / "good.json").read_bytes())
    (logs / "copy.gz").write_bytes(gzip.compress((logs / "good.json").read_bytes()))
    (logs / "copy!in.zip").write_bytes(zipped({"x!y.json": (logs / "good.json").read_text()}))
    run("ingest", logs)
    code, rows = verified(run)
    assert code == 0
    assert outcomes(rows, logs).keys() >= {
        "/copy.gz content",
        "/copy.json file",
        "/good.json file",
        "/copy!in.zip!x!y.json content",
    }
    (logs / "copy.json").write_bytes(b"other")
    assert outcomes(verified(run)[1], logs)["/copy.json file"] == "changed"


@pytest.mark.parametrize("levels", [0, 1, 2])
def test_evidence_that_was_moved_is_found_below_another_folder(
    run: Command, delivered: Path, tmp_path: Path, levels: int
) -> None:
    run("ingest", delivered)
    parts = delivered.parts[-levels:] if levels else ()
    target = tmp_path / "elsewhere" / Path(*parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(delivered, target)
    assert verified(run)[0] == 1
    code, rows = verified(run, "--at", tmp_path / "elsewhere")
    assert (code, outcomes(rows, delivered)) == (0, WHOLE)
    assert {Path(row["at"]).parent for row in rows} == {target}


def test_one_file_that_was_named_itself_is_found_elsewhere(run: Command, logs: Path, tmp_path: Path) -> None:
    run("ingest", logs / "good.json")
    (tmp_path / "elsewhere").mkdir()
    shutil.move(logs / "good.json", tmp_path / "elsewhere" / "good.json")
    assert verified(run, "--at", tmp_path / "elsewhere")[0] == 0


def test_another_file_of_the_same_name_is_not_taken_for_it(run: Command, logs: Path, tmp_path: Path) -> None:
    """Two hosts' logs are called alike: what lies beside is no copy of the one that is gone."""
    for host in ("a", "b"):
        (logs / host).mkdir()
        (logs / host / "audit.json").write_text(line(60 + ord(host)))
    run("ingest", logs)
    shutil.move(logs, tmp_path / "new")
    shutil.rmtree(tmp_path / "new" / "b")
    code, rows = verified(run, "--at", tmp_path / "new")
    found = outcomes(rows, logs)
    assert (code, found["/a/audit.json file"], found["/b/audit.json file"]) == (1, "same", "missing")


def test_at_wants_a_folder(run: Command, logs: Path) -> None:
    run("ingest", logs)
    assert run("cases", "verify", "--at", logs / "good.json").exit_code == 2


def test_names_of_members_act_on_nothing(run: Command, logs: Path) -> None:
    (logs / "n.zip").write_bytes(zipped({"\x1b[31mred\u202e.json": line(70)}))
    run("ingest", logs)
    done = run("cases", "verify")
    assert done.exit_code == 0
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout
    assert "\\e[31mred\\u202e.json" in done.stdout


def test_what_an_old_oddkin_kept_is_enough_for_the_members(run: Command, delivered: Path, tmp_path: Path) -> None:
    """Cases of before the delivered files were kept: their paths tell."""
    run("ingest", delivered)
    workspace = open_workspace(tmp_path / "work")
    with workspace.write() as connection:
        connection.exec_driver_sql("UPDATE source SET container = NULL, container_sha256 = NULL")
        connection.exec_driver_sql("DELETE FROM ingested")
        connection.commit()
    workspace.close()
    code, rows = verified(run)
    assert (code, set(outcomes(rows, delivered).values())) == (0, {"same"})
    assert outcomes(rows, delivered).keys() == {key for key in WHOLE if key.endswith("content")} | {"/good.json file"}
    (delivered / "packed.json.gz").write_bytes(gzip.compress(line(21).encode()))
    assert outcomes(verified(run)[1], delivered)["/packed.json.gz file"] == "changed"


def test_the_rate_is_of_the_bytes_that_were_read(
    run: Command, delivered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files of some hundred bytes are no megabytes."""
    import time

    run("ingest", delivered)
    workspace = open_workspace(tmp_path / "work")
    hashes = workspace.cases.hashes("default")
    workspace.close()
    clock = iter(range(1_000))
    monkeypatch.setattr(time, "monotonic", lambda: next(clock) * 1e-3)
    steps: list[Step] = []
    list(verify(hashes, Run(steps.append)))
    for number, step in enumerate(steps, start=1):
        assert step.metrics["MB/s"] == round(step.done / 1e6 / (number * 1e-3), 1)
    assert [step.done for step in steps] == sorted(step.done for step in steps)


def test_it_can_be_stopped_and_tells_how_far_it_is(run: Command, delivered: Path, tmp_path: Path) -> None:
    run("ingest", delivered)
    workspace = open_workspace(tmp_path / "work")
    hashes = workspace.cases.hashes("default")
    workspace.close()
    steps: list[Step] = []
    assert all(one.outcome is Fate.SAME for one in verify(hashes, Run(steps.append), moved=MovedEvidence((), None)))
    assert (steps[-1].done, steps[-1].last, steps[-1].unit) == (steps[-1].total, True, "B")
    assert all("MB/s" in step.metrics for step in steps)
    token = CancelToken()
    coming = verify(hashes, Run(token=token))
    assert next(coming).outcome is Fate.SAME
    token.cancel()
    with pytest.raises(Cancelled):
        list(coming)
