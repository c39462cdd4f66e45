# SPDX-License-Identifier: MIT
"""Tests of bench/table/plan.py, works.py, system.py and load.py."""

import os
import re

import pytest

from conftest import BENCH
from table import load, plan, system, works

SYSTEM = """\
#!/bin/sh
case $1 in
info) echo "title=A peer"; echo "techniques=sse websocket"; echo limit=100 ;;
esac
"""
ABSENT = "#!/bin/sh\necho missing=peer is not installed\nexit 3\n"


@pytest.fixture(name="folder")
def fixture_folder(tmp_path):
    """A peers.d with a system that can run, one that cannot, and a text."""
    for name, text, mode in (("peer", SYSTEM, 0o755), ("absent", ABSENT, 0o755),
                             ("README.md", "", 0o644)):
        (tmp_path / name).write_text(text, encoding="utf-8")
        os.chmod(tmp_path / name, mode)
    return str(tmp_path)


def test_a_system_of_others_is_measured_with_its_first_technique(folder):
    here, _ = plan.entries(folder, "/nowhere")
    assert [(e.name, e.title) for e in here] == [("peer/sse", "A peer, SSE")]


def test_what_is_not_installed_is_left_out_and_said_so(folder):
    _, missing = plan.entries(folder, "/nowhere")
    assert ("absent", "peer is not installed") in missing


def test_only_what_is_asked_for_is_measured(folder):
    assert plan.entries(folder, "/nowhere", ["other"])[0] == []
    assert len(plan.entries(folder, "/nowhere", ["peer"])[0]) == 1


def test_a_system_gets_no_more_subscribers_than_it_can_hold(folder):
    found = system.System("peer", os.path.join(folder, "peer"), "/nowhere")
    assert [w.fit(found.limit).subscribers for w in works.full(8000)
            if w.name in ("fanout", "rush")] == [100, 100]


def test_silence_is_only_for_those_who_hold_as_many(folder):
    here, _ = plan.entries(folder, "/nowhere")
    silent = [w for w in works.full(8000) if w.silent]
    assert silent and not any(here[0].does(w) for w in silent)


def test_long_polls_have_works_of_their_own(folder):
    found = system.System("peer", os.path.join(folder, "peer"), "/nowhere")
    entry = plan.Entry(found, "longpoll")
    assert [w.name for w in works.full(8000) if entry.does(w)] == ["turns"]


def test_the_table_of_the_page_has_the_numbers_of_the_works():
    with open(os.path.join(BENCH, "README.md"), encoding="utf-8") as f:
        rows = {line.split("`")[1]: line for line in f
                if line.startswith("| `")}
    for work in works.full(9000):
        numbers = [work.back or work.messages] + \
            [work.subscribers] * (not work.silent) + \
            [work.channels] * (work.channels > 1) + \
            [n for n in (int(work.rate),) if n]
        words = re.findall(r"[\d,]*\d", rows[work.name])
        assert [n for n in numbers if f"{n:,}" not in words] == [], work.name


def test_works_for_some_systems_name_those_that_there_are():
    names = {f"{name}/{technique}" for name, techniques in plan.ORDER
             for technique in techniques}
    names.add(f"lighttpd/sse+hold.gather={plan.GATHER_MS}ms")
    assert set(works.SOME) <= names


def test_a_description_is_key_and_value():
    assert system.pairs("a=1=2\n# b=3\n\nc=\n") == {"a": "1=2", "c": ""}


def test_the_figures_of_a_line_are_numbers():
    assert load.numbers("lost=0 p99=1.5ms cpu=2.25us/delivery way=cgi x") == \
        {"lost": 0, "p99": 1.5, "cpu": 2.25}
