"""engine.jobs.ports.models.ModelVault: versioned, immutable model folders.

models/<id>/ holds manifest.json and the files it lists with their SHA-256; the database has one row per model with the hash
of the manifest. Order of a publication: files and folder to the disk, rename into place, row; rename and row happen
under the database's write lock. So a row always has its files, and a folder without a row is the rest of a process that
was killed in between: `collect` removes it, under the same lock.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection, delete, insert, select

from engine.classifier.trust import trust_of
from engine.errors import ModelCorrupt, ModelError, UsageError
from engine.jobs.probe import REMEDY, probe
from store.base.clock import now_us
from store.base.database import Database
from store.base.dialect import on_server
from store.base.errors import not_found, there_are
from store.base.packed import plain_value
from store.base.staging import PREFIX, Stages
from store.custody import models as audited
from store.custody.handover import Handover, handing_over_bytes, handing_over_pipe
from store.custody.journal import record
from store.custody.links import AuditHead
from store.evidence.cases import read_case, write_case
from store.models import bundles, taught
from store.models import files as model_files
from store.models import package as model_package
from store.models import ready as shipped_detector
from store.models.files import MANIFEST
from store.models.manifest import checked
from store.models.rows import ModelView, view
from store.schema.models import Model, ModelUse
from store.scores import rows

TRASH = ".trash-"


class Vault:
    """The models of a workspace: folders of files, and the rows that tell of them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._folder = database.models_folder
        self._stages = Stages(self._folder)

    def stage(self) -> Path:
        """An empty private folder for a job to save a model into; on the vault's file system. Raises StoreError."""
        self._database.check_writable()
        self._folder.mkdir(exist_ok=True)
        return self._stages.open()

    def discard(self, staged: Path) -> None:
        """Remove a staged folder."""
        if staged.parent == self._folder and staged.name.startswith(PREFIX):
            self._stages.remove(staged)

    def publish(self, staged: Path, manifest: dict[str, Any]) -> str:
        """Hash, fsync, rename into place, insert the row. Returns the model's id.

        `manifest` needs "kind"; "id", "created", "files" are written here. Raises ModelCorrupt for files that may not
        be part of a model, and leaves the stage for `discard`.
        """
        if not self._stages.owns(staged):
            raise UsageError("Only a folder that the vault staged can be published.")
        files = model_files.inventory(staged)
        created = now_us()
        given = {key: value for key, value in manifest.items() if key not in {"id", "created", "files"}}
        mark = hashlib.sha256(json.dumps([created, given, files], sort_keys=True, default=str).encode()).hexdigest()
        day = datetime.fromtimestamp(created / 1e6, tz=UTC)
        kind = "".join(char for char in str(manifest.get("kind", "model")).lower() if char.isascii() and char.isalnum())
        number = f"{kind[:16] or 'model'}-{day:%Y%m%d}-{mark[:8]}"
        whole = {"id": number, "created": day.isoformat(timespec="microseconds"), **given, "files": files}
        (staged / MANIFEST).write_text(json.dumps(whole, indent=2, sort_keys=True, default=plain_value), encoding="utf-8")
        self._place(staged, number, "model trained")
        return number

    def _place(self, staged: Path, number: str, act: str) -> None:
        """A complete staged folder into its place, with its row."""
        manifest = model_files.read_manifest(staged)
        for name in (*manifest["files"], MANIFEST):
            model_files.sync(staged / name)
        self._stages.release(staged)
        model_files.sync(staged)
        target = self._folder / number
        written = (staged / MANIFEST).read_bytes()
        with self._database.write() as connection:
            if connection.execute(select(Model.id).where(Model.id == number)).scalar() is None and target.exists():
                shutil.rmtree(target)  # left by a process that was killed before its row
            staged.rename(target)
            model_files.sync(self._folder)
            connection.execute(
                insert(Model).values(
                    id=number,
                    kind=str(manifest.get("kind", "")),
                    created_us=now_us(),
                    manifest=written.decode("utf-8"),
                    manifest_sha256=hashlib.sha256(written).hexdigest(),
                    size=sum(int(entry["size"]) for entry in manifest["files"].values()),
                )
            )
            if on_server(connection):
                bundles.keep(connection, number, target, manifest)
            audited.kept(connection, self._database.acting, act, number)
            connection.commit()

    def open(self, model_id: str) -> tuple[Path, dict[str, Any]]:
        """Verify the hashes; return folder and manifest. Raises ModelCorrupt or NotFound."""
        with self._database.read() as connection:
            expected = connection.execute(select(Model.manifest_sha256).where(Model.id == model_id)).scalar()
        if expected is None:
            raise not_found("model", model_id, self._there_are())
        folder = self._folder / model_id
        self._fetch(model_id)
        manifest = model_files.read_manifest(folder)
        checked(manifest)
        if hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest() != expected:
            raise ModelCorrupt(f"The manifest of {model_id} was changed.", remedy="Import it again, or train anew.")
        model_files.verify(folder, manifest)
        return folder, manifest

    def _fetch(self, model_id: str) -> None:
        """Unpack a model that another machine made; nothing where it is here. Raises ModelCorrupt."""
        if (self._folder / model_id).exists():
            return
        with self._database.read() as connection:
            if not on_server(connection):
                return
            staged = self.stage()
            try:
                bundles.fetch(connection, model_id, staged)
                self._stages.release(staged)
                # Another process of this machine may have been faster.
                if not (self._folder / model_id).exists():
                    staged.rename(self._folder / model_id)
            finally:
                self._stages.remove(staged)

    def _there_are(self) -> str:
        with self._database.read() as connection:
            query = select(Model.id).order_by(Model.created_us.desc(), Model.id)
            return there_are(connection.execute(query).scalars().all(), "oddkin models list")

    def verify(self, model_id: str) -> None:
        """Raises ModelCorrupt when a file differs from what was published."""
        self.open(model_id)

    def list(self) -> tuple[ModelView, ...]:
        """All models, newest first."""
        with self._database.read() as connection:
            query = select(Model.__table__).order_by(Model.created_us.desc(), Model.id)
            return tuple(view(connection, row) for row in connection.execute(query).all())

    def show(self, model_id: str) -> ModelView:
        """One model, by its id, an unambiguous beginning of it, or the part at its end that the interface calls it by. Raises
        NotFound, UsageError.
        """
        with self._database.read() as connection:
            query = select(Model.__table__).where(Model.id >= model_id, Model.id <= model_id + "\x7f").order_by(Model.id)
            ending = select(Model.__table__).where(Model.id.contains(f"-{model_id}", autoescape=True)).order_by(Model.id)
            found = connection.execute(query).all() or connection.execute(ending).all()
            exact = [row for row in found if row.id == model_id] or found
            if not exact:
                raise not_found("model", model_id, self._there_are())
            if len(exact) > 1:
                raise UsageError(f"Several models are called {model_id}.", remedy="Give the whole id.")
            return view(connection, exact[0])

    def in_use(self, case: str, kind: str = rows.DETECTOR) -> str | None:
        """The id of the model of a kind that a case uses, None for none."""
        with read_case(self._database, case) as (connection, number):
            query = select(ModelUse.model_id).where(ModelUse.case_id == number, ModelUse.kind == kind)
            return connection.execute(query).scalar()

    def use(self, case: str, model_id: str, kind: str = rows.DETECTOR) -> None:
        """Point a case to a model. Raises NotFound; ModelError for a model of another kind, or a classifier that would move
        nothing: one that is not trusted yet, or that verdicts taught which do not hold any more.
        """
        model = self.show(model_id)
        rows.require(model.kind, kind, model_id)
        with write_case(self._database, case) as (connection, number):
            if kind == taught.CLASSIFIER:
                self._require_sound(connection, model)
                taught.give(connection, number, model_id)
            else:
                rows.point(connection, number, kind, model_id)
            record(connection, self._database.acting, "model used", {"model": model_id, "kind": kind}, case=case)
            connection.commit()

    def _require_sound(self, connection: Connection, model: ModelView) -> None:
        trust = trust_of(model.manifest)
        if not trust.enough:
            raise ModelError(f"{model.id} is {trust.words()}.", remedy="Go on labelling, then run `oddkin classify`.")
        if lost := taught.lost(connection, model.id):
            raise ModelError(
                f"{model.id} was taught with {lost:,} verdicts that were taken back or changed since.",
                remedy="`oddkin classify` teaches another; `oddkin labels redo` brings them back.",
            )

    def adopt(self, case: str, model_id: str, verdicts: taught.Taught) -> bool:
        """Keep which verdicts of a case taught a classifier, and use it there.

        False when one of them was taken back while it was trained: it is kept, but not in use until they all hold again.
        """
        with write_case(self._database, case) as (connection, number):
            taught.write(connection, number, model_id, verdicts)
            used = taught.give(connection, number, model_id)
            told = {"model": model_id, "verdicts": len(verdicts), "used": used}
            record(connection, self._database.acting, "classifier taught", told, case=case)
            connection.commit()
        return used

    def taught_with(self, case: str, model_id: str) -> taught.Taught:
        """Which verdicts of a case taught a classifier; {} where it was taught elsewhere."""
        with read_case(self._database, case) as (connection, number):
            return taught.read(connection, number, model_id)

    def remove(self, model_id: str, *, force: bool = False) -> None:
        """Delete a model with the scores it gave. Raises NotFound; ModelError when a case uses it, unless forced."""
        model = self.show(model_id)
        if model.id != model_id:
            raise not_found("model", model_id, f"Removing wants the whole id: {model.id}")
        if model.used_by and not force:
            raise ModelError(
                f"{model_id} is in use by {', '.join(model.used_by)}.",
                remedy="`oddkin models use MODEL` makes a case use another one; --force removes it all the same.",
            )
        with self._database.write() as connection:
            query = select(ModelUse.case_id).where(ModelUse.model_id == model_id, ModelUse.kind == taught.CLASSIFIER)
            users = connection.execute(query).scalars().all()
            audited.removed(connection, self._database.acting, model_id)
            connection.execute(delete(Model).where(Model.id == model_id))
            for number in users:
                taught.settle(connection, number)
            trash = self._folder / (TRASH + model_id)
            if (self._folder / model_id).exists():
                (self._folder / model_id).rename(trash)
            connection.commit()
        shutil.rmtree(trash, ignore_errors=True)

    def export_file(self, model_id: str, target: Path, forbidden: Collection[Path] = ()) -> AuditHead | None:
        """Write a model as one file, `forbidden` ones apart; the head of the audit, which tells of it. Verified first."""
        folder, manifest = self.open(model_id)
        handover = Handover("model", form=model_id)
        with handing_over_bytes(self._database, target, handover, forbidden) as sink:
            model_package.stream(folder, manifest, sink)
        return handover.head

    def export_stream(self, model_id: str, sink: BinaryIO) -> AuditHead | None:
        """The same into a pipe."""
        folder, manifest = self.open(model_id)
        handover = Handover("model", form=model_id)
        with handing_over_pipe(self._database, sink, handover) as stream:
            model_package.stream(folder, manifest, stream)
        return handover.head

    def import_file(self, package: Path) -> str:
        """Take a model from a file that may be hostile. Returns its id; the same model again changes nothing.

        Raises ModelCorrupt when the file is not exactly one sound model, which includes that it can judge a chain.
        """
        staged = self.stage()
        try:
            number = model_package.unpack(package, staged)
            manifest = model_files.read_manifest(staged)
            model_files.verify(staged, manifest)
            probe(staged, str(manifest["kind"]))
            with self._database.read() as connection:
                known = connection.execute(select(Model.manifest_sha256).where(Model.id == number)).scalar()
            if known is None:
                self._place(staged, number, "model imported")
            elif known != model_files.digest(staged / MANIFEST):
                raise ModelError(
                    f"Another model is called {number} here.", remedy=f"Remove it first: oddkin models remove {number}"
                )
        except ModelCorrupt as error:
            raise ModelCorrupt(error.message, remedy=error.remedy or REMEDY) from error
        finally:
            self._stages.remove(staged)
        return number

    def ready(self) -> str:
        """The id of the detector that comes with the program, which is taken in first. Raises ModelCorrupt, StoreError."""
        known = shipped_detector.shipped()
        with self._database.read() as connection:
            there = connection.execute(select(Model.id).where(Model.id == known.id)).scalar()
        if there is None:
            self._database.check_writable()
            with shipped_detector.unpacked(known) as found:
                return self.import_file(found)
        return known.id

    def orphans(self) -> tuple[Path, ...]:
        """Folders that belong to no model and to no running process."""
        with self._database.read() as connection:
            known = set(connection.execute(select(Model.id)).scalars())
        if not self._folder.is_dir():
            return ()  # a workspace that can only be read, and never held a model
        loose = [
            path
            for path in sorted(self._folder.iterdir())
            if path.is_dir() and path.name not in known and not path.name.startswith(PREFIX)
        ]
        return (*loose, *self._stages.abandoned())

    def collect(self) -> tuple[Path, ...]:
        """Remove orphans, under the lock that publishing holds between rename and row. Returns what was removed.

        The audit tells of it before anything is gone: the disk knows no transaction.
        """
        with self._database.write() as connection:
            found = self.orphans()
            if found:
                names = [path.name for path in found]
                record(connection, self._database.acting, "workspace repaired", {"removed": names})
                connection.commit()
        with self._database.write():
            there = set(self.orphans())
            for path in found:
                if path in there:
                    shutil.rmtree(path, ignore_errors=True)
        return found
