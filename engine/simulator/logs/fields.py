"""Field values that the log formats share: times, hashes, version resources, Sysmon's fields."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import lru_cache

from engine.simulator.people import SimHost
from engine.simulator.processes import Identity, SimProcess
from engine.simulator.scripts.tables import file_properties

KNOWN_UNSET = 4294967295
"""auditd's "unset" for login uids and sessions."""


@lru_cache(maxsize=4096)
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H:%M:%S")


def utc_text(time_us: int) -> str:
    """`2026-03-02 08:11:22.123`: UTC in milliseconds, as Sysmon's UtcTime."""
    second, rest = divmod(time_us, 1_000_000)
    return f"{_second(second)}.{rest // 1000:03d}"


def iso_text(time_us: int) -> str:
    """The same moment as `2026-03-02T08:11:22.123Z`."""
    return utc_text(time_us).replace(" ", "T") + "Z"


@lru_cache(maxsize=20_000)
def digest(image: str) -> str:
    """64 hex digits that stand for the hash of a file: equal paths, equal contents. Invented, like everything here."""
    return hashlib.blake2b(image.encode(), digest_size=32).hexdigest().upper()


@lru_cache(maxsize=20_000)
def windows_hashes(image: str) -> str:
    """What Sysmon writes into its Hashes field for an image."""
    full = digest(image)
    return f"MD5={full[:32]},SHA256={full},IMPHASH={digest(image.rpartition(chr(92))[2])[:32]}"


@lru_cache(maxsize=20_000)
def resource(image: str) -> tuple[str, str, str, str, str]:
    """FileVersion, OriginalFileName, Description, Product, Company. Renamed tools keep their name inside; dashes mean none."""
    name = image.rpartition("\\")[2]
    known = file_properties().get(name.lower())
    if known is not None:
        original, description, product, company = known
    elif image.lower().startswith("c:\\windows\\"):
        original, description, product, company = (
            name,
            name.rpartition(".")[0],
            "Microsoft® Windows® Operating System",
            "Microsoft Corporation",
        )
    elif name.lower().endswith(".tmp"):
        original = description = product = company = "-"
    else:
        original, description, product, company = name, name.rpartition(".")[0], name.rpartition(".")[0], "-"
    version = (
        "10.0.22621.3958 (WinBuild.160101.0800)" if company == "Microsoft Corporation" else "-" if original == "-" else "1.0.0.0"
    )
    return version, original, description, product, company


@lru_cache(maxsize=4096)
def logon_guid(machine: str, logon_id: int) -> str:
    """Sysmon's LogonGuid, in the form of its process GUIDs."""
    low = logon_id & 0xFFFF
    return f"{{{machine}-a0e2-69a4-{(low & 0xFF) << 8 | low >> 8:04x}-{logon_id >> 16 & 0xFFFF:04x}00000000}}"


def sysmon_fields(host: SimHost, process: SimProcess) -> dict[str, str]:
    """Event 1 of Sysmon 13, field by field in its order."""
    identity, parent = process.identity, process.parent
    version, original, description, product, company = resource(process.image)
    return {
        "RuleName": "-",
        "UtcTime": utc_text(process.start_us),
        "ProcessGuid": f"{{{process.guid}}}",
        "ProcessId": str(process.pid),
        "Image": process.image,
        "FileVersion": version,
        "Description": description,
        "Product": product,
        "Company": company,
        "OriginalFileName": original,
        "CommandLine": process.command,
        "CurrentDirectory": process.cwd,
        "User": identity.user,
        "LogonGuid": logon_guid(host.machine, identity.logon_id),
        "LogonId": f"0x{identity.logon_id:x}",
        "TerminalSessionId": str(identity.session),
        "IntegrityLevel": identity.integrity,
        "Hashes": windows_hashes(process.image),
        "ParentProcessGuid": f"{{{parent.guid}}}" if parent else "{00000000-0000-0000-0000-000000000000}",
        "ParentProcessId": str(process.ppid),
        "ParentImage": parent.image if parent else "-",
        "ParentCommandLine": parent.command if parent else "-",
        "ParentUser": parent.identity.user if parent else "-",
    }


def split_user(identity: Identity) -> tuple[str, str]:
    """Domain and account name."""
    domain, _, name = identity.user.rpartition("\\")
    return domain, name
