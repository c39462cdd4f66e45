# SPDX-License-Identifier: MIT
"""The formats of the techniques, read the same way.

An item is the JSON of a message, a gap or a cursor, the same for every
technique; SSE sends it with envelope=json.
"""

import json
import re

from harness.check import WAIT, Failed

CALLBACK = "app.got"
SCRIPT = re.compile(r"<script>push\((.*)\)</script>\n", re.DOTALL)


def items_of_sse(stream):
    return [{**json.loads(e.data), "cursor": e.id} for e in stream.events]


def items_of_stream(stream):
    whole = stream.body[: stream.body.rfind(b"\n") + 1]
    return [json.loads(line) for line in whole.splitlines() if line.strip()]


def items_of_iframe(stream):
    """Its lines are scripts, after the one that defines push()."""
    _, _, rest = stream.body.partition(b"}\n</script>\n")
    items = []
    for line in rest.decode().split("\n")[:-1]:
        script = SCRIPT.fullmatch(line + "\n")
        if script:
            if "</" in script[1] or "<!--" in script[1]:
                raise Failed(f"what ends a script is in one: {line!r}")
            items.append(json.loads(script[1]))
        elif line != "<script>gone()</script>":
            raise Failed(f"a line of no known kind: {line!r}")
    return items


def items_of_batch(text):
    batch = json.loads(text)
    return [*batch["messages"], {"cursor": batch["cursor"]}]


def items_of_json(stream):
    return items_of_batch(stream.body) if stream.ended == "clean" else []


def items_of_jsonp(stream):
    if stream.ended != "clean":
        return []
    text = stream.body.decode()
    begin, end = f"/**/{CALLBACK}(", ");\n"
    if not text.startswith(begin) or not text.endswith(end):
        raise Failed(f"no call of {CALLBACK}: {text!r}")
    if "</" in text:
        raise Failed(f"what ends a script is in one: {text!r}")
    return items_of_batch(text[len(begin) : -len(end)])


def items_of_websocket(stream):
    return stream.items


class Technique:
    """`holds`: "stream", "once" or "" (answers at once)."""

    def __init__(self, name, holds, items, **parameters):
        self.name, self.holds, self.items = name, holds, items
        self.parameters = parameters


ALL = (
    Technique("sse", "stream", items_of_sse, envelope="json"),
    Technique("stream", "stream", items_of_stream),
    Technique("iframe", "stream", items_of_iframe, callback=CALLBACK),
    Technique("websocket", "stream", items_of_websocket),
    Technique("longpoll", "once", items_of_json),
    Technique("jsonp", "once", items_of_jsonp, callback=CALLBACK),
    Technique("poll", "", items_of_json),
    Technique("http", "", items_of_json, envelope="json"),
)


class Reading:
    """One request of a technique."""

    def __init__(
        self, site, technique, channel, since=None, headers=None, **parameters
    ):
        self.technique = technique
        self.stream = site.stream(
            technique.name,
            channel,
            headers,
            since=since,
            **{**technique.parameters, **parameters},
        )

    @property
    def items(self):
        if self.stream.status is None:
            return []
        if self.stream.status != self.stream.good:
            raise Failed(f"{self.technique.name}: {self.stream.story()}")
        return self.technique.items(self.stream)

    @property
    def messages(self):
        return [i for i in self.items if "data" in i]

    @property
    def cursor(self):
        """The newest one received."""
        for item in reversed(self.items):
            if "cursor" in item:
                return item["cursor"]
            if "id" in item:
                return item["id"]
        return None

    def ready(self):
        """It has a cursor, or has ended."""
        self.stream.until(lambda: self.cursor, "cursor")
        return self

    def wait_data(self, count, seconds=WAIT):
        """The data of the first `count` messages, or more if there are."""
        self.stream.until(
            lambda: len(self.messages) >= count,
            f"message number {count}",
            seconds,
        )
        return [m["data"] for m in self.messages]

    def wait_end(self, seconds=WAIT):
        """Waits for the end of a response that is not a stream."""
        if self.stream.wait_end(seconds) != "clean":
            raise Failed(
                f"{self.technique.name} did not end: " f"{self.stream.story()}"
            )
        return self

    def heartbeats(self):
        """The number of heartbeats received."""
        if self.technique.name in ("sse", "websocket"):
            return self.stream.comments
        if self.technique.name == "iframe":
            return self.stream.body.count(b"<script>gone()</script>\n")
        return self.stream.body.count(b"\n\n") + self.stream.body.startswith(
            b"\n"
        )

    def close(self):
        self.stream.close()
