# SPDX-License-Identifier: MIT
"""Compares what subscribers got with what the model knows.

The rules, for each subscriber and channel:

- what Redis keeps is delivered exactly once, in order;
- what it no longer keeps was delivered, or is named by a gap;
- a gap names something that is gone and was not delivered, or follows a
  rewind;
- nothing that was refused, and nothing that nobody published, is delivered;
- after the end of the faults everybody gets the next message in time.

A message that a rewind removed may stay untold in two cases, which are counted
and not violations, if the next message names the one that the subscriber has,
as if nothing were missing: no living process had seen what is lost, or the
subscriber passed the place before it could be noticed (`notice` seconds after
Redis answers).
"""

import collections
import dataclasses

from acknowledged import check_acknowledged, check_spooled
from journal import GAP, MESSAGE
from model import ACKED, REFUSED, ZERO, format_id

NOTICE = 6.0  # seconds: the audit of the tests, a reconnect, a busy machine
UNWITNESSED = "no living process had seen it"
UNNOTICED = "passed before it could be noticed"
STREAMS = ("sse", "stream", "iframe", "websocket")
AHEAD = 1000  # ms by which ids must be ahead of the clock
BEHIND = "stored while the clock of a Redis that lost messages was behind"


def clock_of(id_):
    """The time in ms at which Redis made that id (publish.lua), if it is not
    one above an id that was lost."""
    ms, seq = id_
    return seq // 10**6 if seq >= 10**18 else ms


@dataclasses.dataclass(frozen=True)
class Violation:
    kind: str
    subscriber: str
    channel: str
    what: str

    def __str__(self):
        return f"{self.kind}: {self.subscriber} {self.channel}: {self.what}"


def covers(gap, id_):
    """Does a gap name the id? `before` is the next one that is kept, or the
    tip when nothing is."""
    return gap.after < id_ <= gap.before


def told(gaps, id_):
    """Named by one of `gaps`, pairs of a gap and the id that came next. Of a
    gap that sets the subscriber back, all after `after`, and what is between
    `before` and the next message."""
    for gap, following in gaps:
        if covers(gap, id_):
            return True
        if gap.before <= gap.after and (
            id_ > gap.after
            or gap.before <= id_
            and (following is None or id_ < following)
        ):
            return True
    return False


def told_of_rewind(gaps, id_, begun, rewinds):
    """Named by a gap that begins before the id and came after it was lost. The
    next message of that gap may have a lower id: another server stored it."""
    return any(
        gap.after < id_
        and begun <= gap.at
        and any(rewind.begin <= gap.at for rewind in rewinds)
        for gap, _ in gaps
    )


class Walk:
    """The journal of one subscriber and channel, read once."""

    def __init__(self, journal, channel):
        self.journal, self.channel = journal, channel
        self.found = []  # (kind, text)
        self.position = self.start = journal.first().id
        self.ids = {}  # (id, token) -> event
        self.tokens = {}  # -> the number of gaps told before it
        self.gaps = []  # (gap, the id of the next message)
        self.messages = []  # in the order in which they came
        self.stood = {}  # token -> the id before it, unless that is a gap
        for event in journal.events:
            if event.kind == MESSAGE:
                self.message(event)
            elif event.kind == GAP:
                self.gap(event)

    def fault(self, kind, text):
        self.found.append((kind, text))

    def message(self, event):
        name = f"{event.token} ({format_id(event.id)})"
        made = self.channel.publications.get(event.token)
        if made is None:
            self.fault("invented", f"nobody published {name}")
        elif made.status == REFUSED:
            self.fault("refused", f"{name} was refused")
        elif (
            made.status == ACKED
            and event.id not in made.ids
            # Else stored, lost, and stored again when it was repeated.
            and not self.channel.rewound(event.id)
        ):
            self.fault(
                "other id", f"{name} was stored as {sorted(made.ids)}"
            )
        if (event.id, event.token) in self.ids:
            self.fault("doubled", f"{name} came twice")
        elif self.tokens.get(event.token) == len(self.gaps):
            self.fault("doubled", f"{name} came before, as another id")
        elif event.id <= self.position:
            self.fault(
                "disordered",
                f"{name} came after {format_id(self.position)}",
            )
        if not self.gaps or self.gaps[-1][1] is not None:
            self.stood[event.token] = self.position
        self.position = event.id
        self.ids[event.id, event.token] = event
        self.tokens[event.token] = len(self.gaps)
        self.messages.append(event)
        if self.gaps and self.gaps[-1][1] is None:
            self.gaps[-1] = (self.gaps[-1][0], event.id)

    def gap(self, event):
        self.gaps.append((event, None))
        ms, seq = event.before
        self.position = (ms, seq - 1)
        if event.after < event.before:
            self.position = max(self.position, event.after)


class Checker:
    def __init__(self, model, bound=20.0, notice=NOTICE):
        self.model, self.bound, self.notice = model, bound, notice
        self.violations = []
        self.seen = set()
        self.witnesses, self.ids = {}, {}
        self.excused = collections.Counter()
        self.said = {}  # ids, by subscriber and channel
        self.silences = []  # seconds from the end of a fault

    def violate(self, kind, subscriber, channel, what):
        violation = Violation(kind, subscriber, channel, what)
        if violation not in self.seen:
            self.seen.add(violation)
            self.violations.append(violation)

    # --- a round ------------------------------------------------------------

    def check(self, journals, markers=None, healed=None):
        """All journals so far. `markers`: the last publication of each
        channel, made after the faults ended; `healed`: when that was.
        Returns the violations found for the first time."""
        before = len(self.violations)
        self.witnesses = {}  # the newest id that is lost, by rewind
        self.ids = {
            name: channel.ids()
            for name, channel in self.model.channels.items()
        }
        journals = [j for j in journals if j.first()]
        walks = [
            Walk(journal, self.model.channel(journal.channel))
            for journal in journals
        ]
        for walk in walks:
            for kind, what in walk.found:
                self.report(walk, kind, what)
            marker = (markers or {}).get(walk.journal.channel)
            if self.arrived(walk, marker):
                self.check_delivered(walk, walks)
            self.check_gaps(walk)
            if healed is not None:
                self.measure(walk, healed)
        delivered = {token for walk in walks for token in walk.tokens}
        for channel in self.model.channels.values():
            check_acknowledged(self, channel)
            check_spooled(self, channel, delivered)
        return self.violations[before:]

    def report(self, walk, kind, what):
        self.violate(kind, walk.journal.subscriber, walk.journal.channel, what)

    @staticmethod
    def began_after(walk, made):
        """Its first cursor is that message or a later one."""
        start = walk.journal.first()
        return start.at > made.begun and any(
            id_ <= start.id for id_ in made.ids
        )

    def arrived(self, walk, marker):
        """The last message came, and within the bound."""
        if marker is None or self.began_after(walk, marker):
            return True
        came = [m.at for m in walk.messages if m.token == marker.token]
        if not came:
            last = walk.journal.last_at()
            self.report(
                walk,
                "silent",
                f"{marker.token} did not come; stands at "
                f"{format_id(walk.position)}, the last "
                f"{marker.ended - last:.1f} s before",
            )
            return False
        if came[0] - marker.ended > self.bound:
            self.report(
                walk,
                "late",
                f"{marker.token} came after {came[0] - marker.ended:.1f} s",
            )
        return True

    def measure(self, walk, healed):
        """How long after the faults the first new message came."""
        new = {
            made.token: max(made.ended, healed)
            for made in walk.channel.publications.values()
            if made.status == ACKED and made.begun > healed
        }
        came = [m.at - new[m.token] for m in walk.messages if m.token in new]
        if came and not walk.journal.slow:
            self.silences.append(max(came[0], 0.0))

    # --- delivered or told --------------------------------------------------

    def expected(self, walk):
        """What was stored and the subscriber has to get or be told of."""
        start = walk.journal.first()
        for id_, made in self.ids[walk.channel.name]:
            if made is None:
                if id_ > walk.start and walk.channel.foreign[id_] > start.at:
                    yield id_, None
            elif made.token not in walk.tokens and (
                id_ > walk.start or made.begun > start.at
            ):
                yield id_, made

    def check_delivered(self, walk, walks):
        """Each loss is said once, however it looks in later rounds."""
        said = self.said.setdefault(
            (walk.journal.subscriber, walk.channel.name), set()
        )
        for id_, made in self.expected(walk):
            if id_ not in said and self.check_missing(walk, walks, id_, made):
                said.add(id_)

    def check_missing(self, walk, walks, id_, made):
        """Something that did not come; True if that is said somewhere."""
        name = f"{made.token if made else 'foreign'} ({format_id(id_)})"
        covered = told(walk.gaps, id_)
        if made is None:
            lost = not walk.channel.is_kept(id_) and any(
                r.begin <= walk.channel.foreign[id_] <= r.end
                for r in walk.channel.rewinds
            )
            found = not covered and id_ < walk.position and not lost
            kind = "untold foreign"
        elif walk.channel.is_kept(id_):
            if self.hidden_behind(walk, id_, made):
                self.excused[BEHIND] += 1
                return True
            found, kind = True, "skipped" if covered else "undelivered"
        elif not covered and made.status == ACKED:
            return self.untold(walk, walks, id_, made)
        else:
            return False
        if found:
            self.report(walk, kind, name)
        return found

    @staticmethod
    def clock_went_back(channel, made):
        """The clock of Redis was set back, and it was behind what it had been
        when an earlier message was stored."""
        clock = max(map(clock_of, made.ids), default=0)
        return any(
            clock_of(id_) > clock
            and id_[0] <= other.ms + AHEAD  # not above an id that was lost
            and any(
                other.begun <= at <= made.ended
                for at in channel.clock_went_back
            )
            for other in channel.publications.values()
            for id_ in other.ids
        )

    @classmethod
    def stored_behind(cls, channel, made):
        """The rewind, if it was stored while the clock of a Redis that had
        lost messages was behind the ids given before: set back then, or
        earlier."""

        def is_behind(rewind):
            return (
                rewind.name == "clock-back-and-empty"
                or cls.clock_went_back(channel, made)
                or any(
                    other.ended is not None
                    and other.ended <= rewind.begin
                    and id_[0] > made.ms + AHEAD
                    for other in channel.publications.values()
                    for id_ in other.ids
                )
            )

        return next(
            (
                r
                for r in channel.rewinds
                if made.ended is not None
                and made.begun <= r.end
                and r.begin <= made.ended
                and is_behind(r)
            ),
            None,
        )

    def hidden_behind(self, walk, id_, made):
        """What doc/guarantees.md excepts: its id is below the position that
        the subscriber had, who reconnected meanwhile. Who holds a stream gets
        it."""
        rewind = self.stored_behind(walk.channel, made)
        if not rewind:
            return False
        held = any(
            link.technique in STREAMS
            and link.opened < rewind.begin
            and (link.closed is None or link.closed > made.ended + NOTICE)
            for link in walk.journal.links
        )
        below = any(
            m.at <= made.ended and m.id >= id_ for m in walk.messages
        )
        return below and not held

    def untold(self, walk, walks, id_, made):
        """A loss that no gap names by its ids. False: it is told."""
        name = f"{made.token} ({format_id(id_)})"
        rewinds = walk.channel.rewound(id_)
        if told_of_rewind(walk.gaps, id_, made.begun, rewinds):
            return False
        if not rewinds or not walk.channel.lost_by_rewind(id_):
            self.report(walk, "untold trim", name)
            return True
        rewind = rewinds[-1]
        passed = self.passed(walk, id_, rewind)
        if passed and self.shows(walk, passed):
            self.report(
                walk,
                "untold rewind",
                f"{name} was lost by {rewind.name}; {passed.token} does not "
                "follow the one before it",
            )
        elif not self.witnessed(walks, walk.channel, id_, rewind):
            self.excused[UNWITNESSED] += 1
        elif passed and passed.at < rewind.end + self.notice:
            self.excused[UNNOTICED] += 1
        else:
            self.report(
                walk, "untold rewind", f"{name} was lost by {rewind.name}"
            )
        return True

    @staticmethod
    def passed(walk, id_, rewind):
        """The first message after the loss."""
        return next(
            (m for m in walk.messages if m.at > rewind.begin and m.id > id_),
            None,
        )

    @staticmethod
    def shows(walk, message):
        """Does the message itself say that something is missing before it? It
        names another than the subscriber has."""
        stood = walk.stood.get(message.token)
        prev = walk.channel.prevs.get(message.id)
        return stood not in (None, ZERO) and prev not in (None, stood)

    def witnessed(self, walks, channel, id_, rewind):
        """Did a process that stayed alive pass the message on, or a later one
        that is lost as well? Surely, if a connection lasted that long."""
        if rewind.killed:
            return False
        key = (channel.name, rewind.begin)
        if key not in self.witnesses:
            self.witnesses[key] = max(
                (
                    message.id
                    for walk in walks
                    if walk.channel is channel
                    for message in walk.messages
                    if message.at < rewind.end
                    and not channel.is_kept(message.id)
                    and self.lasted(walk.journal, message.link, rewind)
                ),
                default=ZERO,
            )
        return self.witnesses[key] >= id_

    def lasted(self, journal, number, rewind):
        if number >= len(journal.links):
            return False
        closed = journal.links[number].closed
        return closed is None or closed > rewind.end + self.notice

    # --- gaps ---------------------------------------------------------------

    def check_gaps(self, walk):
        for gap, _ in walk.gaps:
            if not self.is_true(walk, gap):
                self.report(
                    walk,
                    "false gap",
                    f"{format_id(gap.after)} to {format_id(gap.before)} "
                    "hides nothing",
                )

    def is_true(self, walk, gap):
        for rewind in walk.channel.rewinds:
            if rewind.begin <= gap.at and (
                rewind.end is None
                or gap.after[0] <= rewind.ms
                or gap.at <= rewind.end + self.notice
            ):
                return True
        for id_, made in self.ids[walk.channel.name]:
            if (
                covers(gap, id_)
                and (made is None or made.token not in walk.tokens)
                and (made is None or not walk.channel.kept_at(id_, gap.at))
            ):
                return True
        return walk.channel.unsettled(gap.after, gap.before)
