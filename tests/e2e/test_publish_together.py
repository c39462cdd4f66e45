# SPDX-License-Identifier: MIT
"""Publications by HTTP that arrive while Redis is busy go to it together, and
each has its own response."""

import fcntl
import re
import struct
import termios

import pytest

from harness import fastcgi, web
from harness.check import until

MANY = 30


def fields_of(words):
    """A stream entry of Redis."""
    return dict(zip(words[::2], words[1::2]))


def kept(redis, channel):
    """The data of what a channel keeps, in order."""
    entries = redis("XRANGE", f"push:{{{channel}}}:log", "-", "+")
    return [fields_of(words)["d"] for _, words in entries]


def script_calls(redis):
    """How often Redis ran a script since CONFIG RESETSTAT."""
    stats = redis("INFO", "commandstats")
    found = re.findall(r"cmdstat_eval(?:sha)?:calls=(\d+)", stats)
    return sum(map(int, found))


class Publisher:
    """publish.fcgi with a Redis that stops and goes on: each publication comes
    on a connection of its own and is read before the next one is sent."""

    def __init__(self, stage):
        self.redis = stage.redis()
        self.responder = stage.responder(
            "publish",
            {
                "limit.publish_rate": 0,
                "bus.timeout": 30,
                "status.interval": 0,  # its entries are written by a script
            },
            redis=self.redis,
        )
        self.open = []

    def begin(self, **fields):
        body = web.form(**fields)
        connection = fastcgi.Connection(self.responder.address)
        values = fastcgi.environment("", "POST", "publish", body)
        connection.send(fastcgi.request(values, body=body))
        until(lambda: self.is_read(connection), "the request to be read")
        self.open.append(connection)

    @staticmethod
    def is_read(connection):
        unread = fcntl.ioctl(connection.socket, termios.TIOCOUTQ, bytes(4))
        return struct.unpack("i", unread)[0] == 0

    def responses(self):
        """of all that was begun, in that order"""
        found = [connection.response() for connection in self.open]
        for connection in self.open:
            connection.close()
        self.open = []
        return found

    def statuses(self):
        return [response.status for response in self.responses()]

    def publish(self, **fields):
        self.begin(**fields)
        return self.responses()[0]

    def stop_redis(self):
        """Redis has the script and stands; the first message waits for it."""
        assert self.publish(channel="first", data="x").status == 201
        self.redis("CONFIG", "RESETSTAT")
        self.redis.freeze()


@pytest.fixture
def publisher(stage):
    return Publisher(stage)


def test_they_are_stored_in_the_order_of_their_arrival(publisher):
    publisher.stop_redis()
    data = [f"message {n}" for n in range(MANY)]
    for one in data:
        publisher.begin(channel="news", data=one)
    publisher.redis.thaw()
    assert publisher.statuses() == [201] * MANY
    assert kept(publisher.redis, "news") == data


def test_two_calls_of_the_script_take_them(publisher):
    """The first message is on its way while the others come."""
    publisher.stop_redis()
    for n in range(MANY):
        publisher.begin(channel="news", data=str(n))
    publisher.redis.thaw()
    assert publisher.statuses() == [201] * MANY
    assert script_calls(publisher.redis) == 2


def test_each_names_its_own_message(publisher):
    publisher.stop_redis()
    for n in range(MANY):
        publisher.begin(channel="news", data=str(n))
    publisher.redis.thaw()
    ids = [response.json()["id"] for response in publisher.responses()]
    entries = publisher.redis("XRANGE", "push:{news}:log", "-", "+")
    assert ids == [entry[0] for entry in entries]


def test_one_that_is_refused_takes_no_other_down(publisher):
    publisher.publish(channel="news", data="before", key="order-1")
    publisher.stop_redis()
    publisher.begin(channel="news", data="a")
    publisher.begin(channel="news", data="b" * 65537)
    publisher.begin(channel="news", data="c", key="order-1")
    publisher.begin(data="without a channel")
    publisher.begin(channel="news", data="d", key="order-2")
    publisher.begin(channel="news", data="e", key="order-2")
    publisher.begin(channel="news", data="f")
    publisher.redis.thaw()
    assert publisher.statuses() == [201, 413, 200, 400, 201, 200, 201]
    assert kept(publisher.redis, "news") == ["before", "a", "d", "f"]


def test_a_channel_that_redis_refuses_takes_no_other_down(publisher):
    publisher.redis("SET", "push:{broken}:log", "no stream")
    publisher.stop_redis()
    for n in range(3):
        publisher.begin(channel="news", data=str(n))
        publisher.begin(channel="broken", data=str(n))
    publisher.redis.thaw()
    assert publisher.statuses() == [201, 503] * 3
    assert kept(publisher.redis, "news") == ["0", "1", "2"]


def test_of_a_redis_that_dies_only_what_was_sent_is_unknown(publisher):
    publisher.stop_redis()
    for n in range(5):
        publisher.begin(channel="news", data=str(n))
    publisher.redis.process.kill()
    responses = publisher.responses()
    said = [(r.status, r.json()["stored"]) for r in responses]
    assert said == [(504, "unknown")] + [(503, False)] * 4

