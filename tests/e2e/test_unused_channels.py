# SPDX-License-Identifier: MIT
"""Requests for channels that nobody publishes to leave nothing behind, neither
in the program nor in Redis."""

import pytest

from harness import fastcgi
from harness.check import note, until
from harness.fastcgi import Connection, environment
from harness.process import private_kb
from harness.site import plainly_built

pytestmark = pytest.mark.shipped

AT_ONCE = 50
# Names; the program keeps 1,000 for a while. Its memory is not measured with
# sanitizers.
WARM, COUNT = (20_000, 60_000) if plainly_built() else (2_000, 6_000)
LEAST = 24  # bytes of a block of memory: of anything that is kept for a name


class Seeker:
    """Asks a responder for ever new names, `{}` in the query."""

    def __init__(self, responder, program, query, status=200):
        self.responder, self.program = responder, program
        self.query, self.status, self.next = query, status, 0

    def request(self, flags=0):
        self.next += 1
        query = self.query.format(self.next)
        return fastcgi.request(
            environment(query, program=self.program), flags=flags
        )

    def ask(self, count):
        """By requests that are answered at once, on kept connections."""
        connections = [
            Connection(self.responder.address) for _ in range(AT_ONCE)
        ]
        for _ in range(count // AT_ONCE):
            for connection in connections:
                connection.send(self.request(fastcgi.KEEP_CONN))
            for connection in connections:
                assert connection.response().status == self.status
        for connection in connections:
            connection.close()

    def hold(self, count):
        """By requests that are held, and leave."""
        for _ in range(count // AT_ONCE):
            connections = []
            for _ in range(AT_ONCE):
                connections.append(Connection(self.responder.address))
                connections[-1].send(self.request())
            for connection in connections:
                connection.read_until(b"cursor")
                connection.close()


def leaves_nothing(redis, responder, look):
    """`look(n)` looks for n new names."""
    look(WARM)
    kb = private_kb(responder.pid)
    look(COUNT)
    grown = private_kb(responder.pid) - kb
    note(f"{COUNT} names: {kb} KB before, {grown} KB more")
    if plainly_built():
        assert grown * 1024 < COUNT * LEAST, f"{grown} KB for {COUNT} names"
    assert redis("KEYS", "push:{*") == []
    until(
        lambda: redis("PUBSUB", "CHANNELS", "*unused*") == [],
        "none of the names is subscribed",
    )


@pytest.mark.parametrize(
    "program, query, status",
    [
        ("poll", "channel=unused-{}", 200),
        ("http", "channel=unused-{}", 404),
        ("poll", "channel=unused-{0}&token=h.e{0}.s", 401),
    ],
)
def test_names_that_are_asked_for_leave_nothing(stage, program, query, status):
    redis = stage.redis()
    settings = {"log.level": "info"}
    if status == 401:
        settings["access.subscribe"] = "token"
        settings["access.jwt_key"] = "a key of at least thirty-two bytes"
    responder = stage.responder(program, settings, redis=redis)
    seeker = Seeker(responder, program, query, status)
    leaves_nothing(redis, responder, seeker.ask)


def test_names_that_are_held_and_left_leave_nothing(stage):
    redis = stage.redis()
    responder = stage.responder("sse", {"log.level": "info"}, redis=redis)
    seeker = Seeker(responder, "sse", "channel=unused-{}")
    leaves_nothing(redis, responder, seeker.hold)
