# SPDX-License-Identifier: MIT
"""The modules of the bench, and records to make tables of."""

import os
import sys

import pytest

BENCH = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                     "..", "..", "bench")
sys.path.insert(0, BENCH)

from table.results import Results  # noqa: E402


@pytest.fixture(name="results")
def fixture_results():
    """Two systems, one work, three rounds."""
    results = Results(command="bench/run", rounds=3, version="1.0",
                      date="2026-01-02", machine=["2 × CPU", "nginx 1"],
                      cpu_load=2.5)
    for name, title, ours, cpus in (
            ("lighttpd/sse", "pushcgi behind lighttpd, SSE", True, (3, 9, 4)),
            ("nchan-redis/sse", "Nchan, SSE", False, (8, 8, 7))):
        for number, cpu in enumerate(cpus, 1):
            results.records.append({
                "entry": name, "system": name.split("/")[0],
                "technique": "sse", "title": title, "ours": ours,
                "work": "fanout", "round": number, "clean": True,
                "figures": {"subscribers": 5000, "cpu": cpu, "p99": 2 * cpu,
                            "delivered": 1000, "lost": 0}})
    return results
