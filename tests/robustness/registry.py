"""Every attack, by name: a module of this folder that defines ATTACK is one, and one that defines ATTACKS is several."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

from tests.robustness.attack import Attack


def attacks() -> dict[str, Attack]:
    """Attacks in order of name."""
    here = Path(__file__).parent
    names = sorted(module.name for module in pkgutil.iter_modules([str(here)]) if module.name.startswith("attack_"))
    modules = [importlib.import_module(f"tests.robustness.{name}") for name in names]
    found = [attack for module in modules for attack in getattr(module, "ATTACKS", ()) or (module.ATTACK,)]
    return {attack.name: attack for attack in found}
