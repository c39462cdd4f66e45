# SPDX-License-Identifier: MIT
"""What the systems have to do: how many subscribers, which messages, how fast."""

import dataclasses

import meter

AT_ONCE = 500  # connections under way when all come back; a listen queue holds them
KEEP = 5000  # messages of a channel, at most
SOAK_S = 600
# Of works that say enough with four systems: the names of plan.py.
SOME = ("lighttpd/sse", "lighttpd/sse+hold.gather=50ms", "apache-handoff/sse",
        "nchan-redis/sse")


@dataclasses.dataclass(frozen=True)
class Work:
    """`rate` 0: as fast as they go. `seconds`: about what it takes."""
    name: str
    title: str
    subscribers: int
    messages: int
    rate: float
    channels: int = 1
    bytes: int = 100
    back: int = 0        # come back at once after so many missed messages
    silent: float = 0    # seconds between all held and the first message
    polls: bool = False  # for long-polls; all others are for streams
    deflate: bool = False
    fast: bool = False   # published by the fastest way of each system
    once: bool = False   # in the first round only
    named: bool = False  # it was asked for by its name
    only: tuple = ()     # names of entries; empty: all that can
    main: bool = False   # only systems with streams of thousands
    seconds: float = 5

    def fit(self, limit):
        """The same for a system that holds no more than `limit`."""
        if limit is None or limit >= self.subscribers:
            return self
        return dataclasses.replace(
            self, subscribers=limit, channels=min(self.channels, limit))

    def at_most(self, messages):
        """The same with fewer messages."""
        return dataclasses.replace(
            self, messages=min(self.messages, messages),
            back=min(self.back, messages))

    def options(self):
        """Of the load generator."""
        return {"window": AT_ONCE if self.back else None,
                "subscribers": self.subscribers, "channels": self.channels,
                "messages": None if self.back else self.messages,
                "back": self.back or None, "rate": self.rate,
                "bytes": self.bytes, "deflate": self.deflate, "fast": self.fast}

    def kept(self):
        """Messages of a channel that must be kept for it; as fast as they go, it
        is far fewer that are under way."""
        return min(self.back or self.messages // self.channels, KEEP) + 100


def most_subscribers():
    """So many hold all systems: the web server needs two descriptors for each, and
    lighttpd accepts no more when 88 % of its own are open."""
    return min(9000, int(meter.most_descriptors() * 0.88 - 600) // 2)


def full(most):
    """The works of `make bench`."""
    many, some, crowd = min(5000, most), min(1000, most), min(2000, most)
    return [
        Work("fanout", "One channel", many, 20, 10, seconds=6),
        Work("fanout-small", "One channel, fewer subscribers", some, 30, 20,
             once=True, seconds=4),
        Work("channels", "Many channels", many, 1600, 800,
             channels=min(1000, many), seconds=6),
        Work("busy", "A busy channel", min(400, most), 400, 100, once=True,
             only=SOME, seconds=6),
        Work("rush", "As fast as they go", min(100, most), 8000, 0, fast=True,
             seconds=4),
        Work("rush-post", "As fast as they go, by POST", min(100, most), 4000,
             0, once=True, seconds=5),
        Work("rush-long", "As fast as they go, 100,000 messages",
             min(100, most), 100000, 0, fast=True, once=True,
             only=SOME, seconds=16),
        Work("reconnect", "All come back at once", many, 0, 0, back=50,
             seconds=6),
        Work("turns", "Long-poll", crowd, 20, 5, polls=True, seconds=7),
        Work("silent", "Silence, then one channel", most, 10, 2, silent=60,
             once=True, main=True, seconds=14),
    ]


def quick(most):
    """Those of --quick: fewer and shorter."""
    some = min(500, most)
    return [
        Work("fanout", "One channel", some, 10, 20, seconds=2.5),
        Work("channels", "Many channels", some, 300, 600,
             channels=min(100, some), seconds=2.5),
        Work("busy", "A busy channel", min(200, some), 200, 100, once=True,
             only=SOME, seconds=3),
        Work("rush", "As fast as they go", min(50, some), 2000, 0, fast=True,
             seconds=2),
        Work("reconnect", "All come back at once", some, 0, 0, back=50,
             seconds=2.5),
        Work("turns", "Long-poll", min(200, some), 10, 20, polls=True,
             seconds=2.5),
    ]


def asked_for(most):
    """Works that are done only when they are named."""
    many = min(5000, most)
    return [
        Work("large", "One channel, 2,048 bytes", many, 50, 10, bytes=2048,
             seconds=9),
        Work("deflate", "One channel, 2,048 bytes, compressed", many, 50, 10,
             bytes=2048, deflate=True, seconds=9),
        Work("soak", "Ten minutes", many, SOAK_S * 10, 10, once=True,
             seconds=SOAK_S + 10),
    ]
