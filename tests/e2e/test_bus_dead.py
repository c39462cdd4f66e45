# SPDX-License-Identifier: MIT
"""Subscribers get all messages although pub/sub loses some."""

from harness.check import in_order, until

QUICK = {"hold.beat": 1, "bus.timeout": 1, "bus.audit": 1}
# For publishing that must succeed at once, on a machine that is busy too.
PATIENT = {**QUICK, "bus.timeout": 10}


def store(site, channel, text):
    """Publishes once, although Redis may answer too late."""

    def stored():
        return site.post(channel, text, key=text).status in (200, 201)

    until(stored, "a publish that is stored", step=0.2)


def test_a_killed_subscription_loses_no_message(stage):
    site = stage.site(PATIENT)
    subscriber = site.sse("news").ready()
    texts = []
    for round_ in range(5):
        site.redis("CLIENT", "KILL", "TYPE", "pubsub")
        for n in range(20):
            texts.append(f"{round_} {n}")
            site.publish("news", texts[-1])
    subscriber.wait_messages(100, 40)
    in_order(subscriber.data, texts)
    assert subscriber.gaps == []


def test_two_killed_redis_connections_lose_no_message(stage):
    site = stage.site(PATIENT)
    subscriber = site.sse("news").ready()
    texts = []
    for round_ in range(5):
        site.redis("CLIENT", "KILL", "TYPE", "pubsub")
        site.redis("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        for n in range(10):
            texts.append(f"{round_}-{n}")
            store(site, "news", texts[-1])
    subscriber.wait_messages(50, 40)
    in_order(subscriber.data, texts)
    assert subscriber.gaps == []


def behind_a_proxy(stage, settings):
    """A site that reaches Redis by a proxy, and a command that does not."""
    redis = stage.redis()
    proxy = stage.proxy(redis)
    site = stage.site({**settings, "bus.url": proxy.url()}, redis=redis)
    return proxy, stage.command(redis), site


def test_a_silent_redis_connection_is_replaced(stage):
    proxy, command, site = behind_a_proxy(stage, QUICK)
    subscriber = site.sse("news").ready()
    command.publish("news", "before")
    subscriber.wait_messages(1)
    proxy.blackhole()
    command.lines("news", [f"missed {n}" for n in range(20)])
    subscriber.wait_messages(21, 40)
    command.publish("news", "after")
    want = ["before", *(f"missed {n}" for n in range(20)), "after"]
    assert subscriber.wait_messages(22) == want
    assert subscriber.gaps == []


def test_a_temporary_black_hole_to_redis_loses_no_message(stage):
    proxy, command, site = behind_a_proxy(stage, QUICK)
    subscriber = site.sse("news").ready()
    command.publish("news", "before")
    subscriber.wait_messages(1)
    proxy.blackhole(new_ones_too=True)
    command.publish("news", "missed")
    seen = proxy.accepted
    until(lambda: proxy.accepted > seen + 1, "an attempt to connect", 30)
    subscriber.wait_heartbeat()
    assert subscriber.data == ["before"]
    proxy.heal()
    assert subscriber.wait_messages(2, 40) == ["before", "missed"]
    assert subscriber.ended is None


def test_messages_arrive_while_the_subscription_is_deaf(stage):
    """Long before bus.timeout, and although no new subscription works."""
    settings = {"bus.audit": 1, "bus.timeout": 60}
    proxy, command, site = behind_a_proxy(stage, settings)
    subscriber = site.sse("news").ready()
    proxy.deafen()
    texts = [f"missed {n}" for n in range(20)]
    command.lines("news", texts)
    assert subscriber.wait_messages(20, 30) == texts
    late = site.sse("other").opened()
    late.until(lambda: late.cursor, "a cursor", 30)
    command.publish("other", "one")
    assert late.wait_messages(1, 30) == ["one"]
    assert subscriber.gaps == late.gaps == []


def test_messages_arrive_while_an_acl_forbids_the_token(stage):
    site = stage.site(QUICK)
    subscriber = site.sse("news").ready()
    site.redis("ACL", "SETUSER", "default", "-publish")
    texts = [f"m{n}" for n in range(20)]
    for text in texts:
        store(site, "news", text)
    assert subscriber.wait_messages(20, 30) == texts


def test_a_paused_redis_loses_no_message(stage):
    site = stage.site(QUICK)
    subscriber = site.sse("news").ready()
    store(site, "news", "before")
    site.redis("CLIENT", "PAUSE", 2500, "ALL")

    def back():
        return site.post("news", "after").status == 201

    until(back, "a publish that is stored", 20, 0.2)
    kept = [e[0] for e in site.redis("XRANGE", "push:{news}:log", "-", "+")]
    subscriber.wait_messages(len(kept))
    assert (subscriber.data[0], subscriber.data[-1]) == ("before", "after")
    assert [e.id for e in subscriber.messages] == kept


def test_the_next_message_recovers_a_lost_notification(stage, channel):
    """The entry is in the stream; its PUBLISH is lost."""
    site = stage.site({"bus.audit": 3600})
    subscriber = site.sse(channel).ready()
    first = site.publish(channel, "one")
    subscriber.wait_messages(1)
    lose_one(site, channel, first)
    site.publish(channel, "two")
    assert subscriber.wait_messages(3) == ["one", "lost", "two"]


def test_the_audit_recovers_a_lost_notification(shared, channel):
    site = shared.site(PATIENT)
    subscriber = site.sse(channel).ready()
    first = site.publish(channel, "one")
    subscriber.wait_messages(1)
    lose_one(site, channel, first)
    assert subscriber.wait_messages(2) == ["one", "lost"]


def lose_one(site, channel, first):
    """Stores a message after `first` whose PUBLISH is lost."""
    lost = first.split("-")[0] + "-999"
    fields = site.redis("XRANGE", channel.log, first, first)[0][1]
    values = dict(zip(fields[::2], fields[1::2]))
    values.update(p=first, d="lost")
    site.redis(
        "XADD",
        channel.log,
        lost,
        *(word for pair in values.items() for word in pair),
    )
    site.redis("SET", channel.tip, lost)


def test_a_repeated_notification_is_delivered_once(shared, channel):
    """As after a publisher that retries without a key."""
    site = shared.site(PATIENT)
    subscriber = site.sse(channel).ready()
    seen = []
    watcher = site.redis.client()
    watcher("SUBSCRIBE", channel.announced)
    site.publish(channel, "one")
    seen.append(watcher.reply()[2])
    for _ in range(3):
        site.redis("PUBLISH", channel.announced, seen[0])
    site.publish(channel, "two")
    subscriber.wait_messages(2)
    assert subscriber.data == ["one", "two"]
    watcher.close()


def test_garbage_on_the_bus_is_ignored(shared, channel):
    site = shared.site(PATIENT)
    subscriber = site.sse(channel).ready()
    for text in (
        "",
        "rubbish",
        "1-1",
        "9-9 8-8 5 x",
        "9-9 8-8 -1 x",
        "9999999999999999999999-1 0-0 0 x",
        "\x00\xff",
    ):
        site.redis("PUBLISH", channel.announced, text.encode("latin-1"))
    site.publish(channel, "sound")
    subscriber.wait_messages(1)
    assert subscriber.data == ["sound"]
