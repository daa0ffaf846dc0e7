"""Which column of a table holds which field of a process creation: the user's mapping, and the names that a guess begins with.

A mapping is `field=column,…` on the command line or a file of TOML or JSON: `{our field: column name}`, in TOML optionally under
`[columns]`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import orjson

from engine.errors import InputError, UsageError
from engine.small_files import checked, why

FIELDS: dict[str, tuple[str, ...]] = {
    "image": (
        "image", "exe", "executable", "processpath", "processimagepath", "imagepath", "newprocessname", "newprocess",
        "newprocesspath", "processexecutable", "executablepath", "exepath", "binarypath", "processexe", "processexepath",
        "processfilepath", "programpath", "path", "fullpath", "filepath", "processimage", "processimagename",
        "processimagefilename", "imagefilename", "imagename", "binary", "processname", "process", "program", "programname",
        "procname", "proc", "childimage", "childprocess", "childprocessname", "child", "name", "filename", "comm",
        "processcomm", "app", "application", "programm", "prozess", "prozessname", "pfad", "processus", "programme", "chemin",
        "proceso", "programa", "ruta", "processo", "programma", "percorso", "caminho",
    ),
    "parent_image": (
        "parentimage", "parentexe", "parentexecutable", "parentprocesspath", "parentprocessimage", "parentprocessimagepath",
        "parentimagepath", "parentexecutablepath", "parentpath", "parentprocessexecutable", "parentprocessfilepath",
        "parentprocessname", "parentprocess", "processparentexecutable", "processparentexe", "processparentpath",
        "processparentname", "creatorprocessname", "parentimagename", "parentname", "parentfilename", "parentbinary",
        "parentprogram", "parentprocname", "parentcomm", "pexe", "pname", "pcomm", "ppath", "parent", "elternprozess",
        "elternprogramm", "übergeordneterprozess", "processusparent", "programmeparent", "procesopadre", "processopadre",
        "processopai",
    ),
    "pid": (
        "pid", "processid", "newprocessid", "processpid", "procid", "procpid", "childpid", "childprocessid",
        "uniqueprocessid", "tgid", "prozessid", "idprocessus", "idduprocessus", "idproceso", "idprocesso",
    ),
    "ppid": (
        "ppid", "parentpid", "parentprocessid", "processparentpid", "processppid", "parentprocesspid", "parentid",
        "creatorprocessid", "creatorpid", "processparentprocessid", "inheritedfromuniqueprocessid", "parentprocid",
        "procppid", "parent", "elternpid", "elternprozessid", "idprocessusparent", "pidparent", "pidpadre", "pidpai",
    ),
    "time": (
        "utctime", "timestamp", "timestamputc", "time", "timeutc", "timegenerated", "timecreated", "datetime", "datetimeutc",
        "eventtime", "eventtimestamp", "starttime", "processstarttime", "starttimeutc", "creationtime", "processcreationtime",
        "createtime", "creationdate", "createdtime", "creationtimeutc", "started", "startedat", "processstart", "start",
        "when", "ts", "date", "createdat", "logtime", "zeit", "zeitstempel", "datum", "datumundzeit", "datumunduhrzeit",
        "uhrzeit", "dateetheure", "heure", "horodatage", "fecha", "fechayhora", "hora", "datahora", "data", "dataeora",
    ),
    "host": (
        "host", "hostname", "computer", "computername", "devicename", "device", "machine", "machinename", "endpoint",
        "agenthostname", "hostid", "node", "fqdn", "pscomputername", "csname", "systemname", "asset", "agentname",
        "workstation", "rechner", "rechnername", "ordinateur", "hôte", "equipo", "servidor",
    ),
    "user": (
        "user", "username", "account", "accountname", "subjectusername", "owner", "processuser", "processusername",
        "loginname", "runas", "userid", "uid", "benutzer", "benutzername", "konto", "utilisateur", "usuario", "utente",
        "usuário",
    ),
    "command_line": (
        "commandline", "cmdline", "processcommandline", "processcmdline", "cmd", "command", "fullcommand", "commandlineargs",
        "args", "arguments", "argv", "processargs", "proccmdline", "befehlszeile", "befehl", "lignedecommande", "commande",
        "líneadecomandos", "lineadecomandos", "comando", "rigadicomando", "linhadecomando",
    ),
    "parent_command_line": (
        "parentcommandline", "parentcmdline", "parentprocesscommandline", "processparentcommandline", "processparentcmdline",
        "parentcmd", "parentcommand", "pcmdline",
    ),
    "guid": ("processguid", "guid", "processentityid", "entityid", "processuuid"),
    "parent_guid": ("parentprocessguid", "parentguid", "processparententityid", "parententityid", "parentprocessuuid"),
    "cwd": ("cwd", "currentdirectory", "workingdirectory", "processworkingdirectory", "processcwd"),
    "integrity": ("integritylevel", "integrity", "processintegritylevel"),
    "logon_id": ("logonid", "subjectlogonid"),
    "original_name": ("originalfilename", "originalname"),
    "hashes": ("hashes", "hash", "sha256", "sha1", "md5", "processhash", "processsha256", "processmd5"),
    "record_id": ("recordid", "eventrecordid", "recordnumber", "reportid"),
    "os": ("os", "platform", "osfamily"),
}  # fmt: skip
"""Field -> well-known column names, likeliest first, lower case and without separators; those of other languages behind."""

_ALIASES = {"time_us": "time"}
_MAX_MAPPING = 1024 * 1024
_PAIR = re.compile(r'\s*(\w+)\s*=\s*(?:"((?:[^"]|"")*)"\s*|([^,"]+))(?:,|$)')


def read_mapping(given: str) -> dict[str, str]:
    """What `--map` was given: a file's path, or `image=Programm,pid="Process Id"` itself. Raises UsageError as `load_mapping`."""
    path = Path(given)
    return load_mapping(path) if "=" not in given or path.exists() else _checked(_inline(given), f"The mapping {given!r}")


def _inline(given: str) -> dict[str, str]:
    """field=column, separated by commas; a column with a comma or a quote stands in double quotes, inner ones doubled."""
    columns: dict[str, str] = {}
    at = 0
    while at < len(given):
        match = _PAIR.match(given, at)
        if match is None:
            raise UsageError(f"The mapping {given!r} cannot be read from {given[at : at + 20]!r} on.", remedy=_example())
        quoted, plain = match.group(2), match.group(3)
        columns[match.group(1)] = plain.strip() if quoted is None else quoted.replace('""', '"')
        at = match.end()
    return columns


def written(mapping: Mapping[str, str]) -> str:
    """A mapping as `read_mapping` takes it."""
    return ",".join(f"{field}={_quoted(column)}" for field, column in mapping.items())


def _quoted(column: str) -> str:
    plain = column and column == column.strip() and not set(column) & set(',"')
    return column if plain else '"' + column.replace('"', '""') + '"'


def load_mapping(path: Path) -> dict[str, str]:
    """Read a mapping file. Raises UsageError for anything but field -> column pairs, naming the fields there are."""
    try:
        content = checked(path, _MAX_MAPPING).read_bytes()
        data = orjson.loads(content) if content.lstrip()[:1] == b"{" else tomllib.loads(content.decode("utf-8-sig"))
    except InputError as error:
        raise UsageError(f"The mapping {error.message}", remedy=_example()) from error
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"The mapping {path} cannot be read: {why(error, path)}.", remedy=_example()) from error
    return _checked(data.get("columns", data) if isinstance(data, dict) else None, f"The mapping {path}")


def _checked(columns: object, what: str) -> dict[str, str]:
    if not isinstance(columns, dict) or not all(isinstance(value, str) for value in columns.values()):
        raise UsageError(f"{what} is not a table of field = column name.", remedy=_example())
    named = {_ALIASES.get(str(field), str(field)): str(column) for field, column in columns.items()}
    unknown = sorted(named.keys() - FIELDS.keys())
    if unknown:
        raise UsageError(f"{what} names fields that do not exist: {', '.join(unknown)}.", remedy=_example())
    return named


def columns_for(names: list[str], mapping: Mapping[str, str], path: str = "") -> dict[str, str]:
    """Field -> column of this table. Raises InputError, naming the columns seen, when none is mapped to `image` or a mapped
    column is not there.
    """
    chosen = {_ALIASES.get(field, field): column for field, column in mapping.items()}
    missing = [column for column in chosen.values() if column not in names]
    if missing or "image" not in chosen:
        what = f"no column {', '.join(map(repr, missing))}" if missing else "no column mapped to 'image'"
        raise InputError(f"The table has {what}. Columns: {_listed(names)}.", file=path, position=1, remedy=_example())
    return chosen


def _listed(names: list[str]) -> str:
    return ", ".join(repr(name[:60]) for name in names[:40]) + (" …" if len(names) > 40 else "")


def _example() -> str:
    return (
        """Pass a mapping with --map, for example --map 'image=Process Path,parent_image=Parent,pid=PID,ppid=PPID,time=When', """
        f'or a file of such lines (TOML: image = "Process Path"). Fields: {", ".join(FIELDS)}.'
    )
