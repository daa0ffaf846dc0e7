"""Ids of STIX 2.1 that are the same for the same things (https://docs.oasis-open.org/cti/stix/v2.1/os/stix-v2.1-os.html, 2.9).

Observables that the specification gives contributing properties have the id that it defines, so that what two programs saw is one
object. Everything else has one of oddkin's own name space. A process has no contributing properties, and the specification wants
a random id there: the same input would then give other bytes each time, so it has one of ours, too.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from engine.handover.plain import wholly

OBSERVED = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
"""Name space of the specification."""
OURS = uuid.uuid5(uuid.NAMESPACE_DNS, "oddkin.invalid")
HASHES = ("MD5", "SHA-1", "SHA-256", "SHA-512")
"""Of several hashes the first of these contributes."""
CONTRIBUTING = {
    "file": ("hashes", "name", "parent_directory_ref"),
    "directory": ("path",),
    "user-account": ("account_type", "user_id", "account_login"),
    "ipv4-addr": ("value",),
    "ipv6-addr": ("value",),
    "domain-name": ("value",),
    "url": ("value",),
}


def observable(kind: str, properties: dict[str, Any]) -> str:
    """Id of an observable with these properties."""
    told = {name: properties[name] for name in CONTRIBUTING[kind] if name in properties}
    if "hashes" in told:
        first = next(name for name in HASHES if name in told["hashes"])
        told["hashes"] = {first: told["hashes"][first]}
    return f"{kind}--{uuid.uuid5(OBSERVED, canonical(told))}"


def ours(kind: str, *names: object) -> str:
    """Id of an object of ours, by what tells it from all others."""
    return f"{kind}--{uuid.uuid5(OURS, canonical([kind, *map(str, names)]))}"


def canonical(value: Any) -> str:
    """JSON in one form (RFC 8785, for texts, lists and objects): sorted keys, no blanks, characters as they are."""
    return json.dumps(wholly(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
