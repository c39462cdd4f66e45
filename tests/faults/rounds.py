# SPDX-License-Identifier: MIT
"""One round: calm, faults, calm, silence, and the comparison."""

import asyncio
import time
import traceback

import publishers
from checker import Violation
from model import ACKED

CALM = 1.2  # seconds before and after the faults
FINISH = 8.0  # seconds until publishers stop repeating
RETRY = 0.2


class Round:
    """`faults`: (seconds from the start, fault). Those of one area follow each
    other, others run at once."""

    def __init__(self, world, checker, number, faults):
        self.world, self.checker = world, checker
        self.number, self.faults = number, faults
        self.violations = []
        self.healed = None

    def violate(self, kind, who, channel, what):
        self.violations.append(Violation(kind, who, channel, what))

    async def run(self):
        """Returns the violations found."""
        world = self.world
        names = "+".join(fault.name for _, fault in self.faults)
        world.note(f"round {self.number}: {names}")
        world.settling = world.giving_up = False
        world.publishing.set()
        await asyncio.sleep(CALM)
        rewinds = await self.inject()
        await world.restore()
        await world.until_redis_answers()
        now = time.monotonic()
        killed = any(fault.kills for _, fault in self.faults)
        for rewind in rewinds:
            rewind.killed = killed
        self.close_rewinds(rewinds, now)
        self.healed = now
        world.note("healed")
        await asyncio.sleep(CALM)
        await self.quiesce()
        markers = await self.mark()
        await self.wait_for(markers)
        await self.compare(markers)
        return self.violations

    # --- faults -------------------------------------------------------------

    async def inject(self):
        """Returns the rewinds."""
        begun, areas = [], {}
        for delay, fault in self.faults:
            areas.setdefault(fault.area, []).append((delay, fault))
            if fault.rewinds(self.world):
                begun += self.world.model.rewind_begins(
                    self.world.channels, time.monotonic(), fault.name
                )
        await asyncio.gather(*map(self.one_area, areas.values()))
        return begun

    async def one_area(self, faults):
        for delay, fault in faults:
            await asyncio.sleep(delay)
            rng = self.world.random(f"{self.number}/{fault.name}")
            self.world.note(f"fault {fault.name}")
            try:
                await asyncio.wait_for(fault.run(self.world, rng), 60)
            except asyncio.TimeoutError:
                self.violate("hang", fault.name, "-", "did not end in 60 s")
            self.world.note(f"fault {fault.name} is over")

    def close_rewinds(self, rewinds, now):
        """Ids up to now may be lost, and those of a clock that was ahead."""
        newest = [
            id_[0]
            for channel in self.world.model.channels.values()
            for made in channel.publications.values()
            for id_ in made.ids
        ]
        ms = max([int(time.time() * 1000), *newest])
        self.world.model.rewind_ends(rewinds, now, ms)

    # --- the end of a round -------------------------------------------------

    async def quiesce(self):
        """All publishers have an answer, or have given up."""
        world = self.world
        world.publishing.clear()
        idle = asyncio.gather(*(p.idle.wait() for p in world.publishers))
        try:
            await asyncio.wait_for(asyncio.shield(idle), FINISH)
        except asyncio.TimeoutError:
            world.giving_up = True
            world.note("publishers give up")
            try:
                await asyncio.wait_for(idle, publishers.PATIENCE + 5)
            except asyncio.TimeoutError:
                for publisher in world.publishers:
                    if not publisher.idle.is_set():
                        self.violate(
                            "hang", publisher.name, "-", "has no answer"
                        )

        if world.flusher and not await world.flusher.finish(FINISH):
            self.violate("spool", "flusher", "-", "something remains")

    async def mark(self):
        """The last message of each channel, by channel."""
        made = await asyncio.gather(*map(self.marker, self.world.channels))
        return {m.channel: m for m in made if m.status == ACKED}

    async def marker(self, channel):
        publisher = publishers.ByCommand(
            "marker", self.world, [channel], self.world.random("marker")
        )
        publisher.keys = True
        end = time.monotonic() + self.checker.bound
        while True:
            made = await publisher.publish(channel)
            if made.status == ACKED:
                return made
            if time.monotonic() > end:
                self.violate(
                    "refused", "marker", channel, "nobody can publish"
                )
                return made

    async def wait_for(self, markers):
        """Until all have the last message, or are too late."""
        self.world.settling = True
        left = [
            (journal, markers[journal.channel].token)
            for subscriber in self.world.subscribers
            for journal in subscriber.journals.values()
            if journal.channel in markers
        ]
        end = time.monotonic() + self.checker.bound + 1
        while left and time.monotonic() < end:
            left = [
                (journal, token)
                for journal, token in left
                if not any(e.token == token for e in journal.events[-60:])
            ]
            await asyncio.sleep(RETRY if left else 0)
        # What comes twice comes soon.
        await asyncio.sleep(RETRY)

    def check_actors(self):
        """A client that ended is a fault of the driver."""
        for task in self.world.tasks:
            if task.done() and not task.cancelled():
                self.world.note(
                    "".join(traceback.format_exception(task.exception()))
                )
                self.violate("driver", "-", "-", repr(task.exception()))

    async def compare(self, markers):
        world = self.world
        self.check_actors()
        await world.snapshot()
        journals = [
            journal
            for subscriber in world.subscribers
            for journal in subscriber.journals.values()
        ]
        self.note_silent(markers)
        count = len(self.checker.violations)
        self.checker.check(journals, markers, self.healed)
        world.reads.check(self.checker)
        self.violations += self.checker.violations[count:]
        world.measure_memory()
        for name, used in world.memory.items():
            if used > world.options.memory << 10:
                self.violate("memory", name, "-", f"{used >> 10} MB")
        for words in world.stage.crash_words():
            self.violate("crash", "log", "-", words)

    def note_silent(self, markers):
        """Who waits, where and since when: for the log."""
        for subscriber in self.world.subscribers:
            for channel, journal in subscriber.journals.items():
                marker = markers.get(channel)
                if marker and not any(
                    e.token == marker.token for e in journal.events[-60:]
                ):
                    link = subscriber.links[-1] if subscriber.links else None
                    self.world.note(
                        f"silent: {subscriber.name} {channel} at "
                        f"{subscriber.cursor} on {link}, last status "
                        f"{subscriber.last_status}"
                    )


