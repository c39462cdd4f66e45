# SPDX-License-Identifier: MIT
"""Many readers at once, in one loop."""
import selectors
import time

from harness.tap import equal, true


def for_all(selector, readers, condition, what, seconds):
    end = time.monotonic() + seconds
    left = {r for r in readers if not condition(r)}
    while left:
        true(time.monotonic() < end,
             f"{len(left)} of {len(readers)} without {what}, such as "
             f"{next(iter(left)).story()}")
        for key, _ in selector.select(timeout=1):
            reader = key.data
            reader.read(0.001)
            if reader.ended:
                selector.unregister(reader)
            if condition(reader):
                left.discard(reader)


def all_get_messages(site, program, kind, count):
    """`count` streams of that kind, of one process; each gets all that is
    published."""
    selector, readers = selectors.DefaultSelector(), []
    for _ in range(count):
        reader = kind(site.port, f"/push/{program}?channel=news")
        selector.register(reader, selectors.EVENT_READ, reader)
        readers.append(reader)
    for_all(selector, readers, lambda r: r.cursor, "a cursor", 60)
    want = [f"message {n}" for n in range(3)]
    for text in want:
        site.publish("news", text)
    for_all(selector, readers, lambda r: len(r.messages) >= len(want),
            "all messages", 60)
    for reader in readers:
        equal(reader.data, want, "data of each")
        reader.close()
    equal(len(site.responders(program)), 1, "processes")
