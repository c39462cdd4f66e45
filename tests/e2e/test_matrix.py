# SPDX-License-Identifier: MIT
"""Technique by server, each cell through the real server with the shipped
file; harness/matrix.py has the list and what is shown. `run --matrix` prints
it as a table."""

import pytest

from harness import matrix

pytestmark = pytest.mark.shipped

COLUMNS = [
    pytest.param(
        name,
        server,
        id=name,
        marks=[pytest.mark.apache] if command == "apache2" else [],
    )
    for name, _, server, command in matrix.COLUMNS
]


@pytest.mark.parametrize("name, server", COLUMNS)
def test_every_technique_works_behind(
    stage, name, server, channel, record_property
):
    # A WebSocket client that leaves two pings unanswered is disconnected. This
    # one answers when it reads, which a busy machine may delay for seconds.
    site = stage.site({"hold.beat": 3}, server=server, websocket=True)
    results = matrix.column(site, channel)
    record_property("matrix", [name, results])
    assert matrix.faults(results) == []
