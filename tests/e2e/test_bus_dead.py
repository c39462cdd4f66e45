# SPDX-License-Identifier: MIT
"""Pub/sub may lose messages without a word; readers must not."""
import time

from harness.tap import equal, fact, in_order, until

QUICK = {"hold.beat": 1, "bus.timeout": 1, "bus.audit": 1}
# For publishing that must succeed at once, on a machine that is busy too.
PATIENT = {**QUICK, "bus.timeout": 10}


@fact()
def a_subscription_that_was_killed_loses_nothing(stage):
    site = stage.site(PATIENT)
    reader = site.sse("news").ready()
    texts = []
    for round_ in range(5):
        site.redis("CLIENT", "KILL", "TYPE", "pubsub")
        for n in range(20):
            texts.append(f"{round_} {n}")
            site.publish("news", texts[-1])
    reader.wait_messages(100, 40)
    in_order(reader.data, texts, "data")
    equal(reader.gaps, [], "gaps")


@fact()
def both_connections_killed_lose_nothing(stage):
    site = stage.site(PATIENT)
    reader = site.sse("news").ready()
    texts = []
    for round_ in range(5):
        site.redis("CLIENT", "KILL", "TYPE", "pubsub")
        site.redis("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        for n in range(10):
            texts.append(f"{round_} {n}")
            until(lambda: site.post("news", texts[-1]).status == 201,
                  "a publish that is stored")
    reader.wait_messages(50, 40)
    in_order(reader.data, texts, "data")
    equal(reader.gaps, [], "gaps")


@fact()
def a_connection_that_carries_nothing_any_more_is_noticed(stage):
    redis = stage.redis()
    proxy = stage.proxy(redis)
    site = stage.site({**QUICK, "bus.url": proxy.url()}, redis=redis)
    command = stage.command(redis)
    reader = site.sse("news").ready()
    command.publish("news", "before")
    reader.wait_messages(1)
    proxy.blackhole()
    command.lines("news", [f"missed {n}" for n in range(20)])
    reader.wait_messages(21, 40)
    command.publish("news", "after")
    want = ["before", *(f"missed {n}" for n in range(20)), "after"]
    equal(reader.wait_messages(22), want, "data")
    equal(reader.gaps, [], "gaps")


@fact()
def a_way_to_redis_that_swallows_all_for_a_while_is_survived(stage):
    redis = stage.redis()
    proxy = stage.proxy(redis)
    site = stage.site({**QUICK, "bus.url": proxy.url()}, redis=redis)
    command = stage.command(redis)
    reader = site.sse("news").ready()
    command.publish("news", "before")
    reader.wait_messages(1)
    proxy.blackhole(new_ones_too=True)
    command.publish("news", "missed")
    seen = proxy.accepted
    until(lambda: proxy.accepted > seen + 1, "an attempt to connect", 30)
    reader.wait_beat()
    equal(reader.data, ["before"], "data meanwhile")
    proxy.heal()
    equal(reader.wait_messages(2, 40), ["before", "missed"], "data")
    equal(reader.ended, None, "the end of the stream")


@fact()
def a_paused_redis_loses_nothing(stage):
    site = stage.site(QUICK)
    reader = site.sse("news").ready()
    site.publish("news", "before")
    site.redis("CLIENT", "PAUSE", 3000, "ALL")
    time.sleep(3.2)
    def back():
        return site.post("news", "after").status == 201
    until(back, "a publish that is stored", 20, 0.2)
    kept = [e[0] for e in site.redis("XRANGE", "push:{news}:log", "-", "+")]
    reader.wait_messages(len(kept))
    equal((reader.data[0], reader.data[-1]), ("before", "after"),
          "the first message and the last")
    equal([e.id for e in reader.messages], kept, "ids, of what is stored")


@fact()
def a_lost_wake_up_is_made_good_by_the_next_message(stage):
    """The entry is in the stream; its PUBLISH was lost on the way."""
    site = stage.site({"bus.audit": 3600})
    reader = site.sse("news").ready()
    first = site.publish("news", "one")
    reader.wait_messages(1)
    lose_one(site, first)
    site.publish("news", "two")
    equal(reader.wait_messages(3), ["one", "lost", "two"], "data")


@fact()
def a_lost_wake_up_is_found_by_the_audit(stage):
    site = stage.site(PATIENT)
    reader = site.sse("news").ready()
    first = site.publish("news", "one")
    reader.wait_messages(1)
    lose_one(site, first)
    equal(reader.wait_messages(2), ["one", "lost"], "data")


def lose_one(site, first):
    """Stores a message after `first` whose PUBLISH is lost."""
    lost = first.split("-")[0] + "-999"
    fields = site.redis("XRANGE", "push:{news}:log", first, first)[0][1]
    values = dict(zip(fields[::2], fields[1::2]))
    values.update(p=first, d="lost")
    site.redis("XADD", "push:{news}:log", lost,
               *(word for pair in values.items() for word in pair))
    site.redis("SET", "push:{news}:tip", lost)


@fact()
def a_message_that_comes_twice_is_delivered_once(stage):
    """As after a publisher that tries again without a key: never by us."""
    site = stage.site(PATIENT)
    reader = site.sse("news").ready()
    seen = []
    watcher = site.redis.client()
    watcher("SUBSCRIBE", "push:0:{news}")
    site.publish("news", "one")
    seen.append(watcher.answer()[2])
    for _ in range(3):
        site.redis("PUBLISH", "push:0:{news}", seen[0])
    site.publish("news", "two")
    reader.wait_messages(2)
    reader.quiet(0.5)
    equal(reader.data, ["one", "two"], "data")
    watcher.close()


@fact()
def rubbish_on_the_bus_harms_nobody(stage):
    site = stage.site(PATIENT)
    reader = site.sse("news").ready()
    for text in ("", "rubbish", "1-1", "9-9 8-8 5 x", "9-9 8-8 -1 x",
                 "9999999999999999999999-1 0-0 0 x", "\x00\xff"):
        site.redis("PUBLISH", "push:0:{news}", text.encode("latin-1"))
    site.publish("news", "sound")
    reader.wait_messages(1)
    reader.quiet(0.5)
    equal(reader.data, ["sound"], "data")
