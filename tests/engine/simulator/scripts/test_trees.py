"""The little language of the data files."""

import pytest

from engine.simulator.roster import FleetPlan, make_hosts
from engine.simulator.scripts.context import Context
from engine.simulator.scripts.texts import compile_text
from engine.simulator.scripts.trees import parse_tree
from engine.simulator.seeds import poisson, share, stream


def _context() -> Context:
    host = make_hosts(FleetPlan(hosts=1))[0]
    return Context(host, host.users[0], stream("test"), {"chrome": "130.0.1"})


def test_indentation_is_parenthood() -> None:
    (root,) = parse_tree("/bin/a\n  /bin/b\n    /bin/c\n  /bin/d", windows=False)
    assert [child.image.constant for child in root.children] == ["/bin/b", "/bin/d"]
    assert root.children[0].children[0].image.constant == "/bin/c"


def test_options_and_the_console_host() -> None:
    (node,) = parse_tree(r"[p=.5 n=2-4 as=system name=x con] C:\a.exe :: $ /q", windows=True)
    assert (node.probability, node.least, node.most, node.account, node.name) == (0.5, 2, 4, "system", "x")
    assert [child.image.form for child in node.children] == [r"%s\conhost.exe"]


@pytest.mark.parametrize("line", ["[color=red] /bin/a", "", "/bin/{nonsense}", "/bin/{pick:a"])
def test_mistakes_are_named(line: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        parse_tree(line, windows=False)


def test_variables_nest_repeat_and_leave_other_braces_alone() -> None:
    context = _context()
    assert compile_text(r"{pick:{win}\a}").render(context) == r"C:\Windows\a"
    one, two = compile_text("{uuid@a} {uuid@a}").render(context).split()
    assert one == two
    assert one != compile_text("{uuid}").render(context)
    assert compile_text("awk {print $1} 100%").render(context) == "awk {print $1} 100%"
    assert compile_text("{v:chrome}").render(context) == "130.0.1"
    assert len(compile_text("{hex:8}").render(context)) == 8


def test_draws_depend_on_names_only() -> None:
    assert share(1, "a") == share(1, "a") != share(1, "b")
    assert stream("x").random() == stream("x").random()
    rng = stream("poisson")
    assert abs(sum(poisson(rng, 2.5) for _ in range(4000)) / 4000 - 2.5) < 0.15
    assert abs(sum(poisson(rng, 60) for _ in range(2000)) / 2000 - 60) < 1.5
