# SPDX-License-Identifier: MIT
"""`bench/run` with few subscribers: that it works, not how fast."""

import contextlib
import importlib.machinery
import importlib.util
import json
import os
import shutil
import subprocess
import types

import pytest

from conftest import BENCH

BUILD = os.environ.get("PUSHCGI_BUILD", ".")
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
NEEDS = [p for p in ("lighttpd", "redis-server")
         if not shutil.which(p, path=PATH)]

pytestmark = pytest.mark.xdist_group("run")  # one run for all


@pytest.fixture(name="done", scope="module")
def fixture_done(tmp_path_factory):
    """The finished process, the folders of the documentation and of the figures."""
    if NEEDS and not os.environ.get("PUSHCGI_REQUIRE"):
        pytest.skip(f"not installed: {', '.join(NEEDS)}")
    doc, out = (tmp_path_factory.mktemp(name) for name in ("doc", "out"))
    done = subprocess.run(
        [os.path.join(BENCH, "run"), "--build", BUILD, "--quick",
         "--subscribers", "20", "--messages", "10", "--doc", str(doc),
         "--out", str(out),
         "--work", "fanout", "--work", "rush", "--work", "reconnect",
         "--work", "turns", "--only", "lighttpd/sse",
         "--only", "lighttpd/websocket", "--only", "lighttpd/longpoll"],
        capture_output=True, text=True, check=False, timeout=300)
    return done, doc, out


@pytest.fixture(name="records", scope="module")
def fixture_records(done):
    assert done[0].returncode == 0, done[0].stdout + done[0].stderr
    with open(done[2] / "results.json", encoding="utf-8") as f:
        return json.load(f)["records"]


def test_each_technique_is_measured(records):
    assert {r["technique"] for r in records} == {
        "sse", "websocket", "longpoll"}


def test_all_messages_of_all_works_came_once_and_in_order(records):
    want = {"fanout": 200, "rush": 200, "turns": 200, "reconnect": 220}
    assert all(r["clean"] and r["figures"]["delivered"] == want[r["work"]]
               for r in records), records


def test_cpu_of_ours_is_a_part_of_the_cpu_of_all(records):
    assert all(0 < r["figures"]["cpu_ours"] < r["figures"]["cpu"]
               for r in records)


def test_a_bare_send_is_measured(done):
    for kind in ("unix", "tcp"):
        assert f"floor: round=1 socket={kind} send=" in done[0].stdout


def test_a_part_of_a_run_leaves_the_documentation_as_it_was(done):
    assert os.listdir(done[1]) == []


# --- what fails ---------------------------------------------------------------


@pytest.fixture(name="run")
def fixture_run(monkeypatch):
    """bench/run as a module, whose systems start at once and lose a message the
    first time."""
    loader = importlib.machinery.SourceFileLoader(
        "bench_run", os.path.join(BENCH, "run"))
    spec = importlib.util.spec_from_loader("bench_run", loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    lost = [0, 1]

    class Measured:
        clean = True

        def __init__(self, *_):
            self.figures = {"lost": lost.pop()}

        def run(self):
            return self

    monkeypatch.setattr(module, "Measured", Measured)
    monkeypatch.setattr(module, "warm_up", lambda _: None)
    return module


def measured(run, ours):
    """A work of a system, and what was done once more."""
    bench = run.Bench.__new__(run.Bench)
    bench.results = run.Results()
    bench.start = lambda *_: contextlib.nullcontext()
    entry = types.SimpleNamespace(
        name="peer/sse", system=types.SimpleNamespace(ours=ours))
    work = types.SimpleNamespace(name="fanout")
    return bench.measure(entry, None, work, True).figures, bench.results.again


def test_a_peer_that_fails_is_started_once_more(run):
    assert measured(run, False) == ({"lost": 0},
                                    [("peer/sse", "fanout", "lost 1")])


def test_ours_is_not_started_once_more(run):
    assert measured(run, True) == ({"lost": 1}, [])
