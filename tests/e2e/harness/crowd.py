# SPDX-License-Identifier: MIT
"""Many subscribers in one loop."""

import selectors
import time


def for_all(selector, subscribers, condition, what, seconds=120):
    end = time.monotonic() + seconds
    left = {r for r in subscribers if not condition(r)}
    while left:
        assert time.monotonic() < end, (
            f"{len(left)} of {len(subscribers)} without {what}, such as "
            f"{next(iter(left)).story()}"
        )
        for key, _ in selector.select(timeout=1):
            subscriber = key.data
            subscriber.read(0.001)
            if subscriber.ended:
                selector.unregister(subscriber)
            if condition(subscriber):
                left.discard(subscriber)


def all_get_messages(site, program, kind, count):
    """Opens `count` streams of one process; each gets all messages."""
    selector, subscribers = selectors.DefaultSelector(), []
    for _ in range(count):
        subscriber = kind(site.port, f"/push/{program}?channel=news")
        selector.register(subscriber, selectors.EVENT_READ, subscriber)
        subscribers.append(subscriber)
    for_all(selector, subscribers, lambda r: r.cursor, "a cursor")
    want = [f"message {n}" for n in range(3)]
    for text in want:
        site.publish("news", text)
    for_all(
        selector,
        subscribers,
        lambda r: len(r.messages) >= len(want),
        "all messages",
    )
    for subscriber in subscribers:
        assert subscriber.data == want
        subscriber.close()
    assert len(site.responders(program)) == 1
