"""Rules applied: what becomes equal, what may never, and that twice is as once."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.knowledge.locations import Zone, location_class, zone
from engine.paths import fold
from engine.rules.apply import Normaliser, parts_of
from engine.rules.kinds import PROBES
from engine.rules.rule import Position, Rule, RuleSet, State

KINDS = [Rule(kind.probe, kind.replacement, kind.name, kind.position, kind.zones, kind.under, State.ACCEPTED) for kind in PROBES]
LEARNT = [
    Rule(r"^qq-([0-9a-z]{5})\.tmp$", "<temp>", "learnt", zones=frozenset({Zone.TEMP}), state=State.ACCEPTED),
    Rule(r"^\$r([0-9a-z]{6})(?:\.exe)?$", "<temp>", "learnt", zones=frozenset({Zone.RECYCLE}), state=State.ACCEPTED),
    Rule(r"^([0-9a-z]{8})$", "<temp>", "learnt", Position.DIRECTORY, under=("ie",), state=State.ACCEPTED),
]
RULES = RuleSet.of(KINDS + LEARNT)


@pytest.fixture(scope="module")
def normaliser() -> Normaliser:
    return Normaliser(RULES)


JAVA = [
    r"C:\Program Files\Java\jre1.8.0_201\bin\java.exe",
    r"C:\Program Files\Java\jre1.8.0_51\bin\java.exe",
    r"C:\Program Files\Java\jre1.7.0\bin\java.exe",
]


@pytest.mark.parametrize(("left", "right"), list(combinations(JAVA, 2)))
def test_java_paths_that_differ_in_version_are_one(normaliser: Normaliser, left: str, right: str) -> None:
    assert normaliser.path(fold(left)) == normaliser.path(fold(right))


@pytest.mark.parametrize(
    ("form", "versions"),
    [
        (r"c:\program files\java\jdk-{}\bin\java.exe", ["11", "11.0.2", "17.0.1", "8u292-b10", "21"]),
        (r"c:\program files\java\jdk{}\bin\java.exe", ["1.8.0_201", "8u292-b10", "1.6.0_45", "11.0.2"]),
        (r"c:\program files (x86)\java\jre{}\bin\java.exe", ["6", "7", "1.8.0_51", "1.8.0_301"]),
        ("/usr/lib/jvm/java-{}-openjdk-amd64/bin/java", ["8", "11", "17", "1.8.0"]),
        ("/opt/jdk-{}/bin/java", ["11.0.12", "17", "21.0.1"]),
        (r"c:\users\<user>\.jdks\openjdk-{}\bin\java.exe", ["17.0.1", "18", "21.0.2"]),
        ("/usr/bin/python{}", ["3.8", "3.10", "2.7"]),
    ],
)
def test_versions_of_one_program_are_one(normaliser: Normaliser, form: str, versions: list[str]) -> None:
    assert len({normaliser.path(form.format(version)) for version in versions}) == 1


def test_java_from_places_that_are_not_alike_stays_apart(normaliser: Normaliser) -> None:
    places = [
        r"c:\program files\java\jre1.8.0_201\bin\java.exe",
        r"c:\$recycle.bin\s-1-5-21-3623811015-3361044348-30300820-1013\java.exe",
        r"c:\users\<user>\downloads\java.exe",
        r"c:\users\<user>\appdata\local\temp\java.exe",
        r"c:\windows\temp\java.exe",
        r"c:\users\<user>\appdata\local\microsoft\windows\inetcache\ie\a1b2c3d4\java.exe",
        r"e:\java.exe",
        r"\\<host>\share\java.exe",
        r"c:\windows\system32\java.exe",
        "/tmp/java",
        "/usr/bin/java",
    ]
    assert len({normaliser.path(path) for path in places}) == len(places)


@pytest.mark.parametrize(
    "name",
    ["scvhost.exe", "svch0st.exe", "svchost1.exe", "rundll31.exe", "lsasss.exe", "expl0rer.exe", "csrss_1.exe", "svchost32.exe"],
)
@pytest.mark.parametrize("folder", ["c:\\windows\\system32\\", "c:\\users\\<user>\\appdata\\local\\temp\\"])
def test_typosquats_stay_as_they_are(normaliser: Normaliser, name: str, folder: str) -> None:
    assert normaliser.path(folder + name) == folder + name


def test_rules_of_a_zone_act_in_no_other(normaliser: Normaliser) -> None:
    inside = "c:\\users\\<user>\\appdata\\local\\temp\\qq-6k3lq.tmp\\setup.exe"
    assert normaliser.path(inside) == "c:\\users\\<user>\\appdata\\local\\temp\\qq-<temp>.tmp\\setup.exe"
    outside = "c:\\program files\\qq-6k3lq.tmp\\setup.exe"
    assert normaliser.path(outside) == outside


def test_a_rule_below_a_directory_acts_nowhere_else(normaliser: Normaliser) -> None:
    cache = "c:\\users\\<user>\\appdata\\local\\microsoft\\windows\\inetcache\\ie\\q2glgb5w\\a.exe"
    assert "<temp>" in normaliser.path(cache)
    assert normaliser.path("c:\\program files\\acme\\q2glgb5w\\a.exe") == "c:\\program files\\acme\\q2glgb5w\\a.exe"


def test_a_rule_that_would_move_a_path_leaves_its_directories(normaliser: Normaliser) -> None:
    """Guards refuse such a rule; should one come in by another way, applying still holds it back."""
    evil = RuleSet((Rule("^(temp)$", "<version>", state=State.ACCEPTED),))
    made = Normaliser(evil).applied("c:\\windows\\temp\\a.exe")
    assert made.path == "c:\\windows\\temp\\a.exe"
    assert made.kept_back


@pytest.mark.parametrize(
    "path",
    [
        r"c:\windows\system32\windowspowershell\v1.0\powershell.exe",
        r"c:\windows\microsoft.net\framework64\v4.0.30319\msbuild.exe",
        r"c:\windows\microsoft.net\framework\v2.0.50727\csc.exe",
    ],
)
def test_names_that_look_like_versions_stay(normaliser: Normaliser, path: str) -> None:
    assert normaliser.path(path) == path
    elsewhere = path.replace("windowspowershell", "acme").replace("framework64", "acme").replace("framework", "acme")
    assert normaliser.path(elsewhere) != elsewhere


def test_deleted_stays_evidence(normaliser: Normaliser) -> None:
    assert normaliser.path("/tmp/a1b2c3d4 (deleted)") == "/tmp/<hex> (deleted)"


def test_keys_that_sign_components_are_kept(normaliser: Normaliser) -> None:
    path = "c:\\windows\\winsxs\\amd64_microsoft-windows-x_31bf3856ad364e35_10.0.19041.1_none_0123456789abcdef\\a.exe"
    assert normaliser.path(path) == (
        "c:\\windows\\winsxs\\amd64_microsoft-windows-x_31bf3856ad364e35_<version>_none_<hex16>\\a.exe"
    )


WORDS = st.one_of(
    st.text(alphabet="abcdef0123456789.-_ <>$(){}[]u", max_size=24),
    st.sampled_from(
        [
            "1.2.3.4.5.6.7.8", "jdk1.8.0_201", "<version>.5.6",
            "2021-11-23_101112", "is-6k3lq.tmp", "qq-6k3lq.tmp", "a1b2c3d4", "en-us", "temp",
            "{0e8a5b9c-1f2d-4c3b-9a8e-7d6c5b4a3f2e}", "windows", "system32", "$recycle.bin", "program files",
            "users", "$r1a2b3c.exe",
        ]
    ),
)  # fmt: skip
PATHS = st.one_of(
    st.lists(WORDS, max_size=6).map(lambda words: "c:\\" + "\\".join(words)),
    st.lists(WORDS, max_size=6).map(lambda words: "/" + "/".join(words)),
    st.lists(WORDS, max_size=5).map(lambda words: "c:\\windows\\temp\\" + "\\".join(words)),
    st.tuples(
        st.sampled_from(
            [
                "\\\\<host>\\share\\", "\\\\<host>\\admin$\\", "e:\\", "e:\\$recycle.bin\\",
                "c:\\$recycle.bin\\s-1-5-21-1-2-3-4\\",
                "c:\\users\\<user>\\", "c:\\users\\<user>\\downloads\\", "c:\\program files\\java\\", "<volume>\\", "/tmp/",
                "c:\\users\\<user>\\appdata\\local\\microsoft\\windows\\inetcache\\ie\\", "/home/<user>/", "/proc/",
                "/dev/shm/", "/usr/lib/",
            ]
        ),
        st.lists(WORDS, max_size=4),
    ).map(lambda pair: pair[0] + ("/" if pair[0].startswith("/") else "\\").join(pair[1])),
    st.text(max_size=40),
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(PATHS)
def test_twice_is_as_once(path: str) -> None:
    normaliser = Normaliser(RULES)
    once = normaliser.path(path)
    assert normaliser.path(once) == once
    assert Normaliser(RULES).path(once) == once


@settings(max_examples=400, deadline=None)
@given(PATHS)
def test_no_path_leaves_its_location(path: str) -> None:
    made = Normaliser(RULES).path(path)
    assert location_class(made) is location_class(path)
    assert zone(location_class(made)) is zone(location_class(path))
    assert len(parts_of(made)[0]) == len(parts_of(path)[0])


@settings(max_examples=50, deadline=None)
@given(st.permutations(KINDS + LEARNT), st.lists(PATHS, max_size=5))
def test_the_order_in_which_rules_come_does_not_matter(rules: list[Rule], paths: list[str]) -> None:
    other = RuleSet.of(rules)
    assert other.fingerprint == RULES.fingerprint
    assert Normaliser(other).paths(paths) == Normaliser(RULES).paths(paths)


def test_no_rules_change_nothing() -> None:
    assert Normaliser(RuleSet()).path("c:\\a\\1.2.3\\b.exe") == "c:\\a\\1.2.3\\b.exe"
    assert RuleSet().fingerprint == ""
