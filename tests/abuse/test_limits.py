# SPDX-License-Identifier: MIT
"""One address that takes all it can get, with the limits as they are set by
default. The web server of the tests is a proxy, whose clients X-Forwarded-For
names: loopback has no limits."""

import time

import pytest

from attackers import at_once, counted
from bounds import REDIS_SLACK, SLACK, channels, held
from harness import web
from harness.apache import ApacheThreads
from harness.check import WAIT, Failed
from harness.lighttpd import Lighttpd

SETTINGS = {"access.proxies": "127.0.0.1", "access.publish": "any"}
ONE = {"X-Forwarded-For": "192.0.2.1"}
HELD, CONNECTS, PUBLISH, NEW = 200, 100, 100, 1000  # [limit]
THREADS, EACH = 10, 20
COME_BACK = {"200 with retry, cut"}


def own_address(number):
    """The innocents have one each."""
    return {"X-Forwarded-For": f"198.51.100.{number + 1}"}


def ask(site, kind, headers=None, each=EACH):
    """Subscribers, so many in each of the threads. Returns them when all have
    been answered."""

    def some(_):
        out = [
            site.stream(kind, "wanted", headers, since="0")
            for _ in range(each)
        ]
        for one in out:
            one.until(lambda s=one: s.cursor or s.ended, "an answer")
        return out

    return sum(at_once(THREADS, some), [])


def outcome(one, marker):
    """Held is who gets what is published now. Others got what there was, and
    were told when to come back."""
    one.until(lambda: marker in one.data or one.ended, "an end")
    assert one.data[:1] == ["a message"], one.story()
    if one.ended is None:
        return "held"
    if one.status == 101:
        return f"closed {one.close_code}"
    assert one.lines.retry, f"no retry: {one.story()}"
    return f"{one.status} with retry, {one.ended}"


@pytest.mark.quick
@pytest.mark.parametrize(
    "kind, refusal",
    [("sse", COME_BACK), ("websocket", {"closed 1013"})],
)
def test_subscribers_of_one_address(attack, kind, refusal):
    site = attack.on(settings=SETTINGS)
    site.publish("wanted", "a message")
    with attack.beside(
        f"{kind} of one address, 200 at a time, until it has {HELD}",
        SLACK + held(2000),
        headers=own_address,
    ) as case:
        outcomes, end = [], time.monotonic() + WAIT
        while outcomes.count("held") < HELD:
            some, marker = ask(site, kind, ONE), f"marker {len(outcomes)}"
            site.post("wanted", marker, own_address(0))
            outcomes += [outcome(one, marker) for one in some]
            if time.monotonic() > end:
                raise Failed(f"{counted(outcomes)}")
        some = ask(site, kind, ONE)  # none of them is held
        site.post("wanted", "the last", own_address(0))
        outcomes += [outcome(one, "the last") for one in some]
        case.got(counted(outcomes))
        assert outcomes.count("held") == HELD
        assert set(outcomes) - refusal == {"held"}
        batch = site.get("longpoll", "wanted", ONE, since="0", wait=50)
        assert batch.status == 200 and batch.json()["messages"]
        site.release()


# --- all that the web server has -------------------------------------------

ALWAYS, SOMETIMES = 35, 15  # innocents that are held: streams, and polls


@pytest.mark.parametrize(
    "server, settings, budget",
    [
        (Lighttpd, {"hold.budget_lighttpd": 700}, 700),
        pytest.param(ApacheThreads, {}, 100, marks=pytest.mark.apache),
    ],
)
def test_three_times_the_budget(attack, server, settings, budget):
    """Pages are served, who is held has every message, and so has who comes
    back."""
    site = attack.on(server, settings)
    site.publish("wanted", "a message")
    with attack.beside(
        f"three times {budget} subscribers, the budget ({server.__name__})",
        SLACK + held(3 * budget),
        full=True,
    ) as case:
        some = ask(site, "sse", None, 3 * budget // THREADS)
        site.publish("wanted", "another")
        outcomes = [outcome(one, "another") for one in some]
        case.got(counted(outcomes))
        count = outcomes.count("held")
        assert budget - ALWAYS - SOMETIMES <= count <= budget - ALWAYS
        assert set(outcomes) - COME_BACK == {"held"}
        again = [one for one in some if one.ended]
        for one in again:
            back = site.sse("wanted", since=one.cursor)
            back.wait_messages(2 - len(one.data))
            assert one.data + back.data == ["a message", "another"]
            back.close()
        case.got("all got every message")
        site.release()


# --- publications ----------------------------------------------------------


def flood(site, channels, count):
    """Publishes from one address; the statuses."""

    def publish(number):
        client, statuses = site.client(), []
        for n in range(count // THREADS):
            name = channels.format(number * count + n)
            response = client.request(
                "POST",
                "/push/publish",
                web.form(channel=name, data="x"),
                {**web.FORM, **ONE},
            )
            statuses.append(response.status)
            if response.status == 429:
                assert response.headers["Retry-After"]
                assert response.json()["stored"] is False
        return statuses

    return sum(at_once(THREADS, publish), [])


@pytest.mark.quick
def test_publications_of_one_address(attack):
    site, count = attack.on(settings=SETTINGS), 3000
    with attack.beside(
        f"{count} publications of one address", headers=own_address
    ) as case:
        began = time.monotonic()
        statuses = flood(site, "flood", count)
        seconds = time.monotonic() - began
        case.got(f"{counted(statuses)}, in {seconds:.1f} s")
        assert set(statuses) == {201, 429}
        stored = statuses.count(201)
        assert stored <= PUBLISH * (seconds + 2)
        assert site.redis("XLEN", "push:{flood}:log") == stored


@pytest.mark.quick
def test_new_channels_of_one_address(attack):
    site = attack.on(settings={**SETTINGS, "limit.publish_rate": 0})
    count = 3 * NEW
    with attack.beside(
        f"{count} publications of one address, each to a new channel",
        redis=REDIS_SLACK + channels(NEW),
        headers=own_address,
    ) as case:
        statuses = flood(site, "new-{}", count)
        case.got(counted(statuses))
        assert set(statuses) == {201, 429}
        # at the same time it may be a few more
        assert NEW <= statuses.count(201) <= NEW + THREADS
        assert len(site.redis("KEYS", "*new-*:tip")) == statuses.count(201)
