# SPDX-License-Identifier: MIT
"""Who may publish, and publishing with a key."""

import os

import pytest

from harness import fastcgi, web
from harness.check import until
from harness.private import servers

ANY = {"access.publish": "any"}
SECRET = "the secret of a program"
BEARER = {"Authorization": f"Bearer {SECRET}"}
EXPIRING = {"publish.key_ttl": 1, "history.ttl": 1}


def refused(response, status=403):
    assert response.status == status, f"status of {response!r}"
    assert "application/problem+json" in response.headers["Content-Type"]
    assert response.json()["detail"], "the problem has no detail"


def test_publishing_from_another_site_is_refused(shared, channel):
    site = shared.site(ANY)
    own = f"http://127.0.0.1:{site.port}"
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": own, "Sec-Fetch-Site": "cross-site"},
        {"Origin": own + "0"},
    ):
        refused(site.post(channel, "x", headers))
    for headers in (
        {"Origin": own},
        {"Sec-Fetch-Site": "same-origin"},
        {"Origin": own, "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ):
        assert (
            site.post(channel, "x", headers).status == 201
        ), f"status with {headers}"
    assert site.redis("XLEN", channel.log) == 4


@servers
@pytest.mark.parametrize("proxies", ("127.0.0.0/8", "192.0.2.1"))
def test_only_a_listed_proxy_states_the_scheme(shared, channel, server, proxies):
    site = shared.site({**ANY, "access.proxies": proxies}, server=server)
    stated = {"X-Forwarded-Proto": "https"}
    host = f"127.0.0.1:{site.port}"
    page = {**stated, "Origin": f"https://{host}"}
    assert site.post(channel, "x", page).status == 201
    answer = site.post(channel, "x", {**stated, "Origin": f"http://{host}"})
    if proxies.startswith("127."):
        refused(answer)
    else:
        assert answer.status == 201, f"{answer!r}"


def test_a_forwarded_request_does_not_count_as_local(site, channel):
    for name, value in (
        ("X-Forwarded-For", "127.0.0.1"),
        ("Forwarded", "for=127.0.0.1"),
        ("X-Real-IP", "127.0.0.1"),
        ("Via", "1.1 proxy"),
    ):
        refused(site.post(channel, "x", {name: value}))
    assert site.post(channel, "x").status == 201
    assert site.redis("XLEN", channel.log) == 1


def test_a_request_from_elsewhere_does_not_count_as_local(shared, channel):
    publish = shared.responder("publish")
    body = web.form(channel=channel, data="x")
    for address, status in (
        ("192.0.2.1", 403),
        ("2001:db8::1", 403),
        ("", 403),
        ("127.0.0.1", 201),
        ("::1", 201),
        ("127.3.2.1", 201),
    ):
        response = fastcgi.fetch(
            publish.address,
            fastcgi.environment(
                "", "POST", "publish", body, REMOTE_ADDR=address
            ),
            body,
        )
        assert response.status == status, f"status for {address!r}"


def test_access_publish_any_lets_everybody_publish(shared, channel):
    site = shared.site(ANY)
    assert (
        site.post(channel, "x", {"X-Forwarded-For": "192.0.2.1"}).status == 201
    )


def test_access_publish_none_lets_nobody_publish(stage):
    site = stage.site({"access.publish": "none"})
    refused(site.post("news", "x"))
    assert site.redis("EXISTS", "push:{news}:log") == 0


def test_by_default_publishing_takes_a_right(stage):
    site = stage.site({"access.publish": None, "access.publish_secret": SECRET})
    answer = site.post("news", "x")
    refused(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    refused(site.post("news", "x", {"Authorization": "Bearer another one"}), 401)
    assert site.redis("EXISTS", "push:{news}:log") == 0
    assert site.post("news", "x", BEARER).status == 201
    assert stage.command(site).publish("news", "y")


@pytest.mark.parametrize("ways", ("any", "token"))
def test_a_program_says_at_the_start_that_everybody_may_subscribe(stage, ways):
    sse = stage.responder("sse", {"access.subscribe": ways})
    until(lambda: "event=redis_up" in sse.log(), "the line after the start")
    said = "event=open setting=access.subscribe" in sse.log()
    assert said == (ways == "any"), sse.log()


def test_a_program_says_at_the_start_what_is_wrong_with_a_key(stage):
    path = os.path.join(stage.sub("keys"), "jwt.key")
    program = stage.responder("sse", {"access.jwt_key_file": path})
    until(
        lambda: "level=warn program=sse event=token_keys "
        'setting=access.jwt_key_file reason="No such file' in program.log(),
        "the reason in the log",
    )
    with open(path, "w", encoding="ascii") as f:
        f.write("short\n")
    other = stage.responder("publish", {"access.jwt_key_file": path})
    until(
        lambda: "event=token_keys setting=access.jwt_key_file reason=" in other.log()
        and "32 bytes" in other.log(),
        "the reason in the log",
    )


def test_publishing_twice_with_a_key_stores_one_message(site, channel):
    subscriber = site.sse(channel).ready()
    first = site.post(channel, "once", key="order-17")
    assert first.status == 201
    for _ in range(3):
        again = site.post(channel, "once", key="order-17")
        assert (again.status, again.json()["id"]) == (200, first.json()["id"])
    site.publish(channel, "last", key="order-18")
    subscriber.wait_messages(2)
    assert subscriber.data == ["once", "last"]
    assert site.redis("XLEN", channel.log) == 2


def test_the_same_key_in_two_channels_is_two_messages(site, channel):
    (other,) = channel.also("other")
    assert site.post(channel, "x", key="k").status == 201
    assert site.post(other, "x", key="k").status == 201
    assert site.post(channel, "x", key="k").status == 200


def test_a_key_expires(shared, channel):
    """A repetition would renew it."""
    site = shared.site(EXPIRING)
    assert site.post(channel, "x", key="k").status == 201
    key = channel.log.removesuffix("log") + "key:k"
    until(lambda: not site.redis("EXISTS", key), "a key that is gone", 30)
    assert site.post(channel, "x", key="k").status == 201


def test_a_message_expires(shared, channel):
    site = shared.site(EXPIRING)
    site.publish(channel, "old")

    def gone():
        return site.longpoll(channel, since="0", wait=0)["messages"] == []

    until(gone, "an empty history", 15, 0.3)


def test_two_databases_share_no_channel(stage):
    redis = stage.redis()
    one = stage.site({"bus.url": redis.url(0)}, redis=redis)
    two = stage.site({"bus.url": redis.url(1)}, redis=redis)
    in_one, in_two = one.sse("news").ready(), two.sse("news").ready()
    one.publish("news", "for 0")
    two.publish("news", "for 1")
    one.publish("news", "end")
    two.publish("news", "end")
    assert in_one.wait_messages(2) == ["for 0", "end"]
    assert in_two.wait_messages(2) == ["for 1", "end"]
    batch = two.longpoll("news", since="0", wait=0)
    assert [m["data"] for m in batch["messages"]] == ["for 1", "end"]


def test_two_prefixes_share_no_channel(stage):
    redis = stage.redis()
    one = stage.site({"bus.prefix": "one"}, redis=redis)
    two = stage.site({"bus.prefix": "two"}, redis=redis)
    in_two = two.sse("news").ready()
    one.publish("news", "for one")
    two.publish("news", "for two")
    in_two.wait_messages(1)
    assert in_two.data == ["for two"]
    assert redis.subscribers("news", prefix="two") == 1
