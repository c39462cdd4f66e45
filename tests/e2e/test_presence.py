# SPDX-License-Identifier: MIT
"""Who is subscribed to a channel: channel.presence and presence=1."""

import json

from harness.techniques import ALL, Reading

LIST = {"channel.presence": "list", "hold.beat": 4}


def presences(stream):
    return [
        json.loads(e.data)["presence"]
        for e in stream.events
        if e.type == "presence"
    ]


def wait_count(stream, count):
    stream.until(
        lambda: presences(stream) and presences(stream)[-1]["count"] == count,
        f"presence of {count}",
    )


def test_subscribers_are_told_how_many_they_are(shared, channel):
    site = shared.site(LIST)
    first = site.sse(channel, presence=1).ready()
    wait_count(first, 1)
    second = site.sse(channel).ready()
    wait_count(first, 2)
    second.close()
    wait_count(first, 1)
