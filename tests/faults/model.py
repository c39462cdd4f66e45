# SPDX-License-Identifier: MIT
"""What was published, and what Redis kept of it.

The model knows publications with their outcomes, snapshots of the logs, and
the times at which a fault may have set Redis back. It asks no program under
test: it decides what a subscriber had to get.

Times `at` are those of time.monotonic(); `ms` is the clock of the ids.
"""

import dataclasses
import itertools
import time

ZERO = (0, 0)
FOREVER = (1 << 64, 0)
# How long after its publisher began may a message be stored, in ms, and how
# much may clocks differ?
LATE, SLACK = 30000, 1000


def parse_id(text):
    """An id as a pair, which compares as Redis compares."""
    ms, _, seq = text.partition("-")
    return int(ms), int(seq or 0)


def format_id(pair):
    return f"{pair[0]}-{pair[1]}"


OPEN, ACKED, UNKNOWN, REFUSED = "open", "acked", "unknown", "refused"
SPOOLED = "spooled"  # on disk; stored later


@dataclasses.dataclass
class Publication:
    """One message and what its publisher was told. Its token begins its data.
    `ids` has more than one if it was stored again."""

    token: str
    channel: str
    begun: float
    publisher: str = ""
    key: str = None
    status: str = OPEN
    ids: set = dataclasses.field(default_factory=set)
    ended: float = None
    tries: int = 0
    ms: int = 0  # when it began, by the clock of ids

    def acknowledge(self, id_, at):
        self.status, self.ended = ACKED, at
        self.ids.add(id_)


@dataclasses.dataclass
class Rewind:
    """From `begin` to `end` a fault may have set Redis back. Ids up to `ms`
    are of before."""

    begin: float
    end: float = None
    ms: int = None
    name: str = ""
    killed: bool = False  # a process of ours was killed in the same round


class Channel:
    def __init__(self, name, clock_went_back):
        self.name = name
        self.clock_went_back = clock_went_back
        self.publications = {}  # by token
        self.foreign = {}  # id -> at
        self.firsts = []  # (at, the oldest kept id, or FOREVER)
        self.prevs = {}  # id -> the id that it follows, as stored
        self.kept = {}  # id -> token (None: foreign), of the last snapshot
        self.snapshot_at = None
        self.rewinds = []
        self.deleted = []  # at: all that was kept was removed

    # --- what the driver notes ----------------------------------------------

    def publish(self, token, at, **more):
        made = Publication(token, self.name, at, **more)
        made.ms = made.ms or int(time.time() * 1000)
        self.publications[token] = made
        return made

    def saw_first(self, at, id_):
        self.firsts.append((at, id_ or FOREVER))

    def snapshot(self, at, entries, prevs=()):
        """`entries`: (id, token or None) of the whole log. What is in it is
        stored, whatever its publisher was told. `prevs`: (id, its prev)."""
        self.kept, self.snapshot_at = dict(entries), at
        self.prevs.update(prevs)
        self.saw_first(at, min(self.kept, default=None))
        for id_, token in self.kept.items():
            made = self.publications.get(token)
            if made:
                made.ids.add(id_)
            elif id_ not in self.foreign:
                self.foreign[id_] = at

    # --- what the checker asks ----------------------------------------------

    def is_kept(self, id_):
        return id_ in self.kept

    def kept_at(self, id_, at):
        """Was the id surely kept at that time? The oldest kept id only rises,
        unless Redis was set back."""
        if id_ in self.kept:
            return True
        for when, first in self.firsts:
            if when >= at:
                return first <= id_ and not self.lost_by_rewind(id_)
        return False

    def lost_by_rewind(self, id_):
        """It was not trimmed: it is missing although older ones are kept, or
        a fault may have removed it."""
        if id_ in self.kept:
            return False
        oldest = min(self.kept, default=FOREVER)
        return id_ > oldest or any(
            r.ms is None or id_[0] <= r.ms for r in self.rewinds
        )

    def may_be_stored_later(self, made, asked):
        """Redis went back after the time `asked`. What was stored then may
        have an id below those of before."""
        return any(
            asked < rewind.begin
            and (made.ended is None or rewind.begin <= made.ended)
            for rewind in self.rewinds
        )

    def rewound(self, id_, at=None):
        """The rewinds, begun before `at`, that may have removed the id."""
        return [
            r
            for r in self.rewinds
            if (at is None or r.begin <= at)
            and (r.ms is None or id_[0] <= r.ms)
        ]

    def ids(self):
        """(id, publication or None) of all that was stored as far as known,
        by id."""
        known = [
            (id_, made)
            for made in self.publications.values()
            for id_ in made.ids
        ]
        known += [(id_, None) for id_ in self.foreign]
        return sorted(known, key=lambda pair: pair[0])

    def unsettled(self, after, before):
        """Is there a publication that may be stored between two ids, and
        nobody knows its own?"""
        return any(
            made.status in (UNKNOWN, OPEN, SPOOLED)
            and not made.ids
            and before[0] >= made.ms - SLACK
            and after[0] <= made.ms + LATE
            for made in self.publications.values()
        )


class Model:
    def __init__(self):
        self.channels = {}
        self.clock_went_back = []  # at: the clock of Redis was set back
        self.number = itertools.count(1)

    def channel(self, name):
        if name not in self.channels:
            self.channels[name] = Channel(name, self.clock_went_back)
        return self.channels[name]

    def publish(self, channel, at, publisher, key=None):
        """A new publication, with a token of its own."""
        token = f"{publisher}.{next(self.number)}"
        return self.channel(channel).publish(
            token, at, publisher=publisher, key=key
        )

    def rewind_begins(self, channels, at, name):
        """Returns the rewinds; rewind_ends() takes them."""
        begun = []
        for channel in channels:
            begun.append(Rewind(at, name=name))
            self.channel(channel).rewinds.append(begun[-1])
        return begun

    @staticmethod
    def rewind_ends(begun, at, ms):
        for rewind in begun:
            rewind.end, rewind.ms = at, ms

    def acked(self):
        return sum(
            made.status == ACKED
            for channel in self.channels.values()
            for made in channel.publications.values()
        )
