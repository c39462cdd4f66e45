# SPDX-License-Identifier: MIT
"""`bench/run` with few subscribers: that it works, not how fast."""

import json
import os
import shutil
import subprocess

import pytest

from conftest import BENCH

BUILD = os.environ.get("PUSHCGI_BUILD", ".")
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
NEEDS = [p for p in ("lighttpd", "redis-server")
         if not shutil.which(p, path=PATH)]


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


def test_a_part_of_a_run_leaves_the_documentation_as_it_was(done):
    assert os.listdir(done[1]) == []
