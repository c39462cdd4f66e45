# SPDX-License-Identifier: MIT
"""The items of each technique, as their bytes come: messages, gaps, cursors.

A line that is no JSON is not an item: behind mod_fcgid a page of Apache may
end a stream."""

import json

from harness.sse import Lines
from harness.techniques import CALLBACK, SCRIPT, items_of_batch


def item_of(text):
    try:
        item = json.loads(text)
    except ValueError:
        return None
    return item if isinstance(item, dict) else None


class ByLine:
    def __init__(self):
        self.rest = b""

    def feed(self, data):
        *lines, self.rest = (self.rest + data).split(b"\n")
        items = (self.item(line.decode(errors="replace")) for line in lines)
        return [item for item in items if item]


class Stream(ByLine):
    def item(self, line):
        return item_of(line) if line.strip() else None


class Iframe(ByLine):
    def item(self, line):
        script = SCRIPT.fullmatch(line + "\n")
        return item_of(script[1]) if script else None


class Sse:
    """With envelope=json."""

    def __init__(self):
        self.lines = Lines()

    def feed(self, data):
        self.lines.feed(data)
        events, self.lines.events = self.lines.events, []
        items = [(item_of(event.data), event.id) for event in events]
        return [{**item, "cursor": id_} for item, id_ in items if item]


def batch(technique, body):
    """The items of a whole response; the last one is its cursor."""
    text = body.decode()
    if technique == "jsonp":
        begin, end = f"/**/{CALLBACK}(", ");\n"
        if not text.startswith(begin) or not text.endswith(end):
            raise ValueError(f"no call: {text[:100]!r}")
        text = text[len(begin) : -len(end)]
    return items_of_batch(text)


STREAMS = {"sse": Sse, "stream": Stream, "iframe": Iframe}
BATCHES = ("longpoll", "jsonp", "poll")
PARAMETERS = {
    "sse": {"envelope": "json"},
    "iframe": {"callback": CALLBACK},
    "jsonp": {"callback": CALLBACK},
}
ALL = (*STREAMS, "websocket", *BATCHES)
