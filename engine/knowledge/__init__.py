"""Expert knowledge of Windows and Linux: locations, roles, names, lineage rules, and the fit-free prior made of them.

Tables in data/*.toml are written from general knowledge by people who know attack tools; they were not fitted to
recordings. Functions are pure and total over folded paths (engine.paths.fold) and are meant to be called once per
distinct path; `PathKnowledge.of` does that for a corpus.
"""

from engine.knowledge.abilities import abilities
from engine.knowledge.lineage_rules import expected_parents, grandparent_break, pair_broken, role_break
from engine.knowledge.locations import LOCATION_SLOTS, Location, Zone, is_writable, location_class, risk, zone
from engine.knowledge.names import Contradiction, name_contradiction
from engine.knowledge.prior import PARTS, WEIGHTS, PathKnowledge, prior, prior_parts, prior_values, rolefrac
from engine.knowledge.residents import is_resident, known_place, path_risk
from engine.knowledge.roles import ROLE_SLOTS, SUSPECT_ROLES, Role, role
from engine.knowledge.tables import fingerprint

__all__ = [
    "LOCATION_SLOTS",
    "PARTS",
    "ROLE_SLOTS",
    "SUSPECT_ROLES",
    "WEIGHTS",
    "Contradiction",
    "Location",
    "PathKnowledge",
    "Role",
    "Zone",
    "abilities",
    "expected_parents",
    "fingerprint",
    "grandparent_break",
    "is_resident",
    "is_writable",
    "known_place",
    "location_class",
    "name_contradiction",
    "pair_broken",
    "path_risk",
    "prior",
    "prior_parts",
    "prior_values",
    "risk",
    "role",
    "role_break",
    "rolefrac",
    "zone",
]
