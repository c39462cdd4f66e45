# SPDX-License-Identifier: MIT
"""What one subscriber got of one channel, in the order in which it came."""

import dataclasses

from model import format_id

START, MESSAGE, GAP = "start", "message", "gap"


@dataclasses.dataclass
class Event:
    kind: str
    at: float
    id: tuple = None  # of a message; of the start: where it stands
    token: str = ""
    after: tuple = None  # of a gap
    before: tuple = None
    link: int = 0  # the number of the connection

    def say(self):
        if self.kind == GAP:
            return f"gap {format_id(self.after)} to {format_id(self.before)}"
        return f"{self.kind} {format_id(self.id)} {self.token}"


@dataclasses.dataclass
class Link:
    """A connection of the subscriber."""

    technique: str
    opened: float
    closed: float = None
    pid: int = 0


class Journal:
    def __init__(self, subscriber, channel):
        self.subscriber, self.channel = subscriber, channel
        self.events = []
        self.links = []  # shared by all journals of the subscriber
        self.slow = False

    def start(self, at, id_):
        self.events.append(Event(START, at, id_))

    def message(self, at, id_, token, link=0):
        self.events.append(Event(MESSAGE, at, id_, token, link=link))

    def gap(self, at, after, before, link=0):
        self.events.append(
            Event(GAP, at, after=after, before=before, link=link)
        )

    def of(self, kind):
        return [e for e in self.events if e.kind == kind]

    def first(self):
        """Where it began, or None when it has not yet."""
        return next((e for e in self.events if e.kind == START), None)

    def last_at(self):
        return self.events[-1].at if self.events else None
