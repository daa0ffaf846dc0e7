"""Opening a workspace, and the one place that knows every topic of the store."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import StoreError
from store.base.access import ELSEWHERE, access_to
from store.base.acting import Acting
from store.base.database import DATABASE, MODELS, Database, create, from_database, translated
from store.base.postgres.address import ServerAddress
from store.migrations.migrate import back_up, bring_up_to_date, require_current, stored_revision

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from store.base.postgres.server import ServerAccess
    from store.chains.hash_lists import HashLists
    from store.custody.audit import Audit
    from store.evidence.cases import Cases
    from store.evidence.ingest import Ingest
    from store.evidence.lookup import Evidence
    from store.exceptions.exceptions import Exceptions
    from store.learnt.order import LearntOrders
    from store.models.rules import Rules
    from store.models.vault import Vault
    from store.processes.marks.marks import Marks
    from store.processes.processes import Processes
    from store.queue.findings import Findings
    from store.queue.pages import Queue
    from store.queue.presence import Presence
    from store.queue.teaching import Teaching
    from store.scores.fleet.fleet import FleetCases
    from store.scores.port import ScoredChains
    from store.scores.thresholds import Thresholds
    from store.verdicts.verdicts import Labels


class Workspace(Database):
    """A workspace that is open: all topics of the store. Nothing else in the store knows more than one floor below itself."""

    # Imported on first use: a command that only lists cases does not load the rest.
    @cached_property
    def audit(self) -> Audit:
        """What was done with the workspace, as a chain of hashes."""
        from store.custody.audit import Audit

        return Audit(self)

    @cached_property
    def cases(self) -> Cases:
        """Cases, sources, hosts, rejects."""
        from store.evidence.cases import Cases

        return Cases(self)

    @property
    def ingest(self) -> Ingest:
        """engine.jobs.ports.ingest.IngestStore. A new one each time: it carries caches for one ingest in one thread."""
        from store.evidence.ingest import Ingest

        return Ingest(self)

    @cached_property
    def evidence(self) -> Evidence:
        """engine.jobs.ports.evaluate.EvidenceIndex."""
        from store.evidence.lookup import Evidence

        return Evidence(self)

    @cached_property
    def exceptions(self) -> Exceptions:
        """Verdicts that are kept for later cases, and what they hide."""
        from store.exceptions.exceptions import Exceptions

        return Exceptions(self)

    @cached_property
    def fleet(self) -> FleetCases:
        """engine.jobs.fleet.run.FleetStore."""
        from store.scores.fleet.fleet import FleetCases

        return FleetCases(self)

    @cached_property
    def processes(self) -> Processes:
        """Process details and pages of the forest."""
        from store.processes.processes import Processes

        return Processes(self)

    @cached_property
    def chains(self) -> ScoredChains:
        """engine.jobs.ports.score.ChainStore and single chains."""
        from store.scores.port import ScoredChains

        return ScoredChains(self)

    @cached_property
    def hash_lists(self) -> HashLists:
        """engine.jobs.ports.hash_lists.HashListStore, and what lists of hashes say of a case."""
        from store.chains.hash_lists import HashLists

        return HashLists(self)

    @cached_property
    def marks(self) -> Marks:
        """engine.jobs.ports.marks.MarkStore, and what rules of others say of a case."""
        from store.processes.marks.marks import Marks

        return Marks(self)

    @cached_property
    def queue(self) -> Queue:
        """Pages and counts of the queue in the order of the detector."""
        from store.queue.pages import Queue

        return Queue(self)

    @cached_property
    def findings(self) -> Findings:
        """Pages of findings and their chains."""
        from store.queue.findings import Findings

        return Findings(self, self.learnt)

    @cached_property
    def presence(self) -> Presence:
        """Who else looks at what, in a workspace that several people share."""
        from store.queue.presence import Presence

        return Presence(self)

    @cached_property
    def thresholds(self) -> Thresholds:
        """Thresholds of scorings, as budgets of what is read."""
        from store.scores.thresholds import Thresholds

        return Thresholds(self)

    @cached_property
    def labels(self) -> Labels:
        """Verdicts, undo, history."""
        from store.verdicts.verdicts import Labels

        return Labels(self)

    @cached_property
    def teaching(self) -> Teaching:
        """engine.jobs.ports.relearn.TeachingStore: what the learnt queue is made of."""
        from store.queue.teaching import Teaching

        return Teaching(self, self.learnt)

    @cached_property
    def learnt(self) -> LearntOrders:
        """The order of the queue that verdicts taught, packed and indexed."""
        from store.learnt.order import LearntOrders

        return LearntOrders(self)

    @cached_property
    def rules(self) -> Rules:
        """engine.jobs.ports.rules.RuleStore: normalisation rules, decisions about them, versions."""
        from store.models.rules import Rules

        return Rules(self)

    @cached_property
    def vault(self) -> Vault:
        """engine.jobs.ports.models.ModelVault."""
        from store.models.vault import Vault

        return Vault(self)


def is_there(path: Path) -> bool:
    """Whether directory `path` holds a workspace; where nobody may look, opening it says so."""
    try:
        return (path / DATABASE).exists()
    except OSError:
        return True


def open_to_read(path: Path) -> Workspace:
    """Open somebody else's workspace, of which nothing is changed: it is neither made nor migrated.

    Raises StoreError where there is none, or one of another version.
    """
    if not is_there(path):
        raise StoreError(f"There is no workspace in {path}.", remedy="Name the folder that holds oddkin.sqlite.")
    try:
        access = replace(access_to(path / DATABASE), read_only=True)
    except OSError as error:
        raise StoreError(f"The workspace {path} cannot be used: {error.strerror or error}.") from error
    engine = create(access)
    try:
        require_current(engine)
    except StoreError as error:
        engine.dispose()
        raise StoreError(error.message, remedy=f"Bring it up to date there: oddkin -w {path} cases list") from error
    except Exception as error:
        engine.dispose()
        raise _told(error) from error
    return Workspace(path, engine, access)


def open_workspace(path: Path, acting: Acting | None = None) -> Workspace:
    """Open the workspace in directory `path`, made and migrated where needed; read-only where nobody may write. `acting`: who
    opens it, which the audit names with each change.

    Raises StoreError when the directory cannot be used, or the database is newer than this oddkin, or older and read-only.
    """
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)  # evidence: nobody else's business
        # The directory may have been there, open to all; SQLite gives its log the permissions of the database.
        access = access_to(path / DATABASE)
        if not access.read_only:
            (path / MODELS).mkdir(exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreError(f"The workspace {path} cannot be used: {error.strerror or error}.", remedy=ELSEWHERE) from error
    engine, acting = create(access), acting or Acting()
    try:
        said: tuple[str, ...] = ()
        if access.read_only:
            require_current(engine)
        else:
            said = bring_up_to_date(engine, acting, partial(back_up, access))
    except Exception as error:
        engine.dispose()
        raise _told(error) from error
    return Workspace(path, engine, access, said, acting)


def open_server(address: ServerAddress, beside: Path, acting: Acting | None = None) -> Workspace:
    """Open the workspace in a database of PostgreSQL, made and migrated where needed. `beside`: a folder of this machine's, below
    which it keeps what it has fetched: models.

    Raises StoreError when the server cannot be reached or refuses, or the database is another's or newer than this oddkin.
    """
    access, engine = _server(address)
    folder = address.folder(beside)
    try:
        (folder / MODELS).mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreError(f"The folder {folder} cannot be used: {error.strerror or error}.", remedy=ELSEWHERE) from error
    acting = acting or Acting()
    try:
        said = bring_up_to_date(engine, acting)
    except Exception as error:
        engine.dispose()
        raise _told(error) from error
    return Workspace(folder, engine, access, said, acting)


def server_holds(address: ServerAddress) -> bool:
    """Whether a database holds anything: a workspace, or what opening it would complain of. Raises StoreError where it cannot be
    reached.
    """
    engine = _server(address)[1]
    try:
        with engine.connect() as connection:
            return stored_revision(connection) is not None
    except Exception as error:
        raise _told(error) from error
    finally:
        engine.dispose()


def _server(address: ServerAddress) -> tuple[ServerAccess, Engine]:
    try:
        # Here: psycopg is an extra, and takes a tenth of a second that no workspace in a file should pay.
        from store.base.postgres.server import ServerAccess, create_on_server
    except ImportError as error:
        raise StoreError("A workspace in PostgreSQL needs psycopg.", remedy="pip install 'oddkin[team]'") from error
    access = ServerAccess(address)
    return access, create_on_server(access)


def _told(error: Exception) -> Exception:
    """What is raised for an error: in the store's words where a database said it."""
    return translated(error) if from_database(error) else error
