"""What a break in a family is: how much it weighs, and its words."""

from __future__ import annotations

from dataclasses import dataclass

from engine.knowledge.roles import Role


@dataclass(frozen=True, slots=True)
class Break:
    """Why a program should not have been started by another: how much it weighs, in words."""

    value: float
    """0 (fits, or nothing known) to 1 (people investigate at once)."""
    reason: str
    phrase: str = ""
    """The same in at most 26 cells."""
    techniques: tuple[str, ...] = ()


NO_BREAK = Break(0.0, "")
STARTED = {Role.SHELL: "a shell", Role.SCRIPT_ENGINE: "a script"}
"""What phrases call a program of a role; "a tool" for the others."""
BY = {Role.SHELL: "shell", Role.SCRIPT_ENGINE: "script"}
TOOLS = {Role.ATTACK_TOOL: "an attack tool", Role.CREDENTIAL_TOOL: "a dumping tool"}
"""What the phrase of an entry calls its parents and children, where it is about tools only: {by} and {tool}."""


def filled(phrase: str, parent: Role, child: Role) -> str:
    """The phrase of an entry with its gaps filled by what started and what was started."""
    return phrase.format(STARTED.get(child, "a tool"), by=BY.get(parent, ""), tool=TOOLS.get(child, "a tool"))
