# SPDX-License-Identifier: MIT
"""Many connects to Apache that hands them over; `connects` has a longer run."""

import pytest

from harness.arrivals import Arrivals
from harness.check import note, until
from harness.connects import Connects
from harness.handoff import ApacheHandoff, Program
from harness.process import sockets

pytestmark = [pytest.mark.apache, pytest.mark.alone, pytest.mark.shipped]

COUNT = 3000


def test_of_many_connects_each_gets_what_it_asked_for(stage):
    """Others before them were given up, whose ports they use again."""
    site = stage.site({"log.level": "info"}, server=ApacheHandoff)
    pids = [site.responder(name) for name in ("sse", "stream", "iframe")]
    before = [sockets(pid) for pid in pids]
    done = Connects(site, 1).run(COUNT)
    assert (done.wrong, done.lost) == ([], [])
    assert done.counts["served"] == COUNT
    assert done.counts["ports used again"] > COUNT / 10
    # Two more connections, to Redis, may have been made.
    until(
        lambda: all(
            sockets(pid) <= count + 2 for pid, count in zip(pids, before)
        ),
        "the end of all connections",
    )
    note(f"hand-off: {COUNT} connects, {done.counts['came back']} came back")


def test_requests_and_clients_arrive_in_any_order(stage):
    program = stage.responder(
        "jsonp", {"log.level": "info"}, kind=Program
    )
    done = Arrivals(program, 1).run(COUNT)
    assert (done.wrong, done.lost) == ([], [])
    assert min(done.counts.values()) > 0
    note(f"hand-off in Apache's place: {dict(done.counts)}")
