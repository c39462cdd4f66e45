# SPDX-License-Identifier: MIT
"""Who may publish, and that a key makes a message one."""
from harness import fastcgi, web
from harness.tap import contains, equal, fact, true, until


def refused(answer, status=403):
    equal(answer.status, status, f"status of {answer!r}")
    contains(answer.headers["Content-Type"], "application/problem+json",
             "type")
    true(answer.json()["detail"], "no reason")


@fact()
def publishing_from_another_site_is_refused(stage):
    site = stage.site({"access.publish": "any"})
    own = f"http://127.0.0.1:{site.port}"
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"},
                    {"Sec-Fetch-Site": "cross-site"},
                    {"Origin": own, "Sec-Fetch-Site": "cross-site"},
                    {"Origin": own + "0"}):
        refused(site.post("news", "x", headers))
    for headers in ({"Origin": own}, {"Sec-Fetch-Site": "same-origin"},
                    {"Origin": own, "Sec-Fetch-Site": "same-origin"},
                    {"Sec-Fetch-Site": "none"}):
        equal(site.post("news", "x", headers).status, 201,
              f"status with {headers}")
    equal(site.redis("XLEN", "push:{news}:log"), 4, "stored")


@fact()
def a_forwarded_request_does_not_count_as_local(stage):
    site = stage.site()
    for name, value in (("X-Forwarded-For", "127.0.0.1"),
                        ("Forwarded", "for=127.0.0.1"),
                        ("X-Real-IP", "127.0.0.1"), ("Via", "1.1 proxy")):
        refused(site.post("news", "x", {name: value}))
    equal(site.post("news", "x").status, 201, "status without")
    equal(site.redis("XLEN", "push:{news}:log"), 1, "stored")


@fact()
def a_request_from_elsewhere_does_not_count_as_local(stage):
    publish = stage.responder("publish")
    body = web.form(channel="news", data="x")
    for address, status in (("192.0.2.1", 403), ("2001:db8::1", 403),
                            ("", 403), ("127.0.0.1", 201), ("::1", 201),
                            ("127.3.2.1", 201)):
        answer = fastcgi.ask(publish.address, fastcgi.environment(
            "", "POST", "publish", body, REMOTE_ADDR=address), body)
        equal(answer.status, status, f"status for {address!r}")


@fact()
def access_publish_any_lets_everybody_publish(stage):
    site = stage.site({"access.publish": "any"})
    equal(site.post("news", "x", {"X-Forwarded-For": "192.0.2.1"}).status,
          201, "status")


@fact()
def access_publish_none_lets_nobody_publish(stage):
    site = stage.site({"access.publish": "none"})
    refused(site.post("news", "x"))
    equal(site.redis("EXISTS", "push:{news}:log"), 0, "stored")


@fact()
def a_key_seen_twice_is_one_message(stage):
    site = stage.site()
    reader = site.sse("news").ready()
    first = site.post("news", "once", key="order-17")
    equal(first.status, 201, "status of the first")
    for _ in range(3):
        again = site.post("news", "once", key="order-17")
        equal((again.status, again.json()["id"]), (200, first.json()["id"]),
              "status and id of another")
    site.publish("news", "last", key="order-18")
    reader.wait_messages(2)
    equal(reader.data, ["once", "last"], "data")
    equal(site.redis("XLEN", "push:{news}:log"), 2, "stored")


@fact()
def a_key_is_of_its_channel(stage):
    site = stage.site()
    equal(site.post("a", "x", key="k").status, 201, "status in a")
    equal(site.post("b", "x", key="k").status, 201, "status in b")
    equal(site.post("a", "x", key="k").status, 200, "status again in a")


@fact()
def a_key_is_forgotten_after_its_time(stage):
    site = stage.site({"publish.key_ttl": 1})
    equal(site.post("news", "x", key="k").status, 201, "status")
    until(lambda: site.post("news", "x", key="k").status == 201,
          "a key that is taken again", 10, 0.3)


@fact()
def a_message_is_forgotten_after_its_time(stage):
    site = stage.site({"history.ttl": 1})
    site.publish("news", "old")

    def gone():
        return site.longpoll("news", since="0", wait=0)["messages"] == []
    until(gone, "an empty history", 15, 0.3)


@fact()
def two_databases_share_no_channel(stage):
    redis = stage.redis()
    one = stage.site({"bus.url": redis.url(0)}, redis=redis)
    two = stage.site({"bus.url": redis.url(1)}, redis=redis)
    in_one, in_two = one.sse("news").ready(), two.sse("news").ready()
    one.publish("news", "for 0")
    two.publish("news", "for 1")
    one.publish("news", "end")
    two.publish("news", "end")
    equal(in_one.wait_messages(2), ["for 0", "end"], "data in db 0")
    equal(in_two.wait_messages(2), ["for 1", "end"], "data in db 1")
    batch = two.longpoll("news", since="0", wait=0)
    equal([m["data"] for m in batch["messages"]], ["for 1", "end"],
          "history in db 1")


@fact()
def two_prefixes_share_no_channel(stage):
    redis = stage.redis()
    one = stage.site({"bus.prefix": "one"}, redis=redis)
    two = stage.site({"bus.prefix": "two"}, redis=redis)
    in_two = two.sse("news").ready()
    one.publish("news", "for one")
    two.publish("news", "for two")
    in_two.wait_messages(1)
    equal(in_two.data, ["for two"], "data")
    equal(redis.subscribers("news", prefix="two"), 1, "subscribers")
