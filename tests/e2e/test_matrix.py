# SPDX-License-Identifier: MIT
"""Technique by server, each cell through the real server with the shipped
file; harness/matrix.py has the list and what is shown. `run --matrix` prints
it as a table."""
from harness import matrix
from harness.tap import fact


def register(name, server, command):
    def test(stage):
        # WebSocket takes no longer than two beats for an answer
        site = stage.site({"hold.beat": 2}, server=server, websocket=True)
        matrix.column(site, name)
    test.__name__ = f"every_technique_works_behind_{name}"
    fact(limit=150, needs=("redis-server", command))(test)


for _name, _title, _server, _command in matrix.COLUMNS:
    register(_name, _server, _command)
