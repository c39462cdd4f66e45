# SPDX-License-Identifier: MIT
"""WebSockets that change their channels as fast as they can."""

import json

import pytest

from attackers import at_once, counted
from bounds import REDIS_SLACK, SLACK, held, names
from harness.ws_raw import CLOSE, WebSocket, text

CLIENTS, ROUNDS = 20, 5


def churn(site, number):
    """Subscribes to new names and leaves them until it is closed. Returns the
    statuses of the refusals and the code."""
    one = WebSocket(("127.0.0.1", site.port), "a")
    pieces = []
    for n in range(2000):
        names_ = [f"churn-{number}-{n}"]
        pieces.append(text(json.dumps({"subscribe": names_})))
        pieces.append(text(json.dumps({"unsubscribe": names_})))
    one.send(b"".join(pieces))
    statuses = set()
    while (came := one.next()) is not None:
        if came.opcode == CLOSE:
            one.close()
            return came.code(), sorted(statuses)
        if came.opcode == 1 and "status" in came.json():
            statuses.add(came.json()["status"])
    one.close()
    return None, sorted(statuses)


@pytest.mark.quick
def test_churn_of_subscriptions(attack):
    site = attack.on()
    with attack.beside(
        f"{CLIENTS * ROUNDS} WebSockets that change channels as fast as "
        "they can",
        SLACK + held(CLIENTS) + names(200 * CLIENTS),
        REDIS_SLACK + names(200 * CLIENTS * ROUNDS),
    ) as case:
        before = subscribes(site)
        ends = []
        for turn in range(ROUNDS):
            ends += at_once(
                CLIENTS, lambda n, r=turn: churn(site, f"{r}.{n}")
            )
        asked = subscribes(site) - before
        case.got(
            f"closed: {counted(code for code, _ in ends)}; Redis was asked "
            f"to subscribe {asked} times"
        )
        assert {code for code, _ in ends} == {1008}
        # 128 new channels, a few more as time goes by, and some of innocents
        assert asked < CLIENTS * ROUNDS * 200


def subscribes(site):
    """How many SUBSCRIBE commands Redis got."""
    text_ = site.redis("INFO", "commandstats")
    text_ = text_.decode() if isinstance(text_, bytes) else text_
    _, found, rest = text_.partition("cmdstat_subscribe:calls=")
    return int(rest.split(",")[0]) if found else 0
