# SPDX-License-Identifier: MIT
"""Many clients that ask for much history."""

import json

import pytest

from attackers import at_once, counted
from bounds import REDIS_SLACK, SLACK, held, pages, replies
from harness import web
from harness.apache import ApacheThreads
from harness.check import in_order
from harness.lighttpd import Lighttpd

KEPT, LARGE, READERS, ROUNDS = 1000, 60_000, 40, 5


def texts():
    return (f"{n:04} " + "x" * LARGE for n in range(KEPT))


@pytest.mark.parametrize(
    "server",
    [
        pytest.param(Lighttpd, marks=pytest.mark.quick),
        pytest.param(ApacheThreads, marks=pytest.mark.apache),
    ],
)
def test_history_reads_of_60_kb_messages(attack, server):
    """40 readers, 5 times each, of 1,000 messages that take 60 MB."""
    site = attack.on(server)
    ids = attack.fill("big", texts())
    target = "/push/http?" + web.query("big", last=KEPT, envelope="json")

    def read(_):
        client = site.client()
        return [client.request("GET", target) for _ in range(ROUNDS)]

    with attack.beside(
        f"{READERS} read history of 60 KB messages, last=1000, "
        f"{ROUNDS} times each ({server.__name__})",
        SLACK + held(READERS) + pages(),
        REDIS_SLACK + replies(LARGE),
    ) as case:
        responses = sum(at_once(READERS, read), [])
        statuses = counted(one.status for one in responses)
        case.got(statuses + ", the newest 4 of each")
        for response in responses:
            assert response.status == 200, f"{response!r}"
            messages = json.loads(response.body)["messages"]
            assert [m["id"] for m in messages] == ids[-4:]


def test_streams_of_60_mb_of_history(attack):
    site = attack.on()
    ids = attack.fill("big", texts())

    def read(_):
        stream = site.sse("big", since="0")
        stream.wait_messages(KEPT, 120)
        in_order([one.id for one in stream.messages], ids)
        stream.close()
        return len(stream.messages)

    with attack.beside(
        "10 streams read 60 MB of history each",
        SLACK + held(10) + pages(),
        REDIS_SLACK + replies(LARGE),
    ) as case:
        case.got(f"{counted(at_once(10, read))} messages, in order")
