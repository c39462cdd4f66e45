# SPDX-License-Identifier: MIT
"""A proxy between the programs and Redis that fails as networks do.

Each connection is known as a "subscription" or as "commands" by what it asks
for. The directions are "up", to Redis, and "down". In each, a connection
passes bytes on, holds them (they come later, as TCP repeats them), or loses
them for ever, as behind a router that has forgotten the connection.
"""

import asyncio
import os
import random

PASS, HOLD, LOSE = "pass", "hold", "lose"
KINDS = ("subscription", "commands")
WAYS = ("up", "down")
PIECE = 65536


class Link:
    def __init__(self, proxy):
        self.proxy, self.kind = proxy, "commands"
        self.lost = set()  # the ways that lose for ever
        self.left = None  # bytes until it is cut
        self.writers = []

    def sniff(self, data):
        if b"SUBSCRIBE\r\n" in data[:4096].upper():
            self.kind = "subscription"

    def state(self, way):
        return LOSE if way in self.lost else self.proxy.state[self.kind, way]

    def close(self):
        for writer in self.writers:
            writer.transport.abort()
        self.proxy.links.discard(self)

    async def pump(self, reader, writer, way):
        try:
            while data := await reader.read(PIECE):
                if way == "up":
                    self.sniff(data)
                await self.pass_on(writer, data, way)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.close()

    async def pass_on(self, writer, data, way):
        while self.state(way) == HOLD:
            await self.proxy.changed()
        if self.state(way) == LOSE:
            self.lost.add(way)
            return
        if self.proxy.delay:
            await asyncio.sleep(self.proxy.delay)
        if self.left is not None:
            data = data[: self.left]
            self.left -= len(data)
        writer.write(data)
        await writer.drain()
        if self.left == 0:
            raise ConnectionError("cut")


class Wire:
    """Listens at `path`; `target` is the path of Redis, which may change."""

    def __init__(self, path, target):
        self.path, self.target = path, target
        self.links, self.tasks = set(), set()
        self.refuse, self.delay = False, 0.0
        self.state = {(kind, way): PASS for kind in KINDS for way in WAYS}
        self.event = asyncio.Event()
        self.server = None

    async def start(self):
        self.server = await asyncio.start_unix_server(self.accept, self.path)
        os.chmod(self.path, 0o777)

    async def accept(self, reader, writer):
        if self.refuse:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_unix_connection(
                self.target
            )
        except OSError:
            writer.transport.abort()
            return
        link = Link(self)
        link.writers = [writer, far_writer]
        self.links.add(link)
        for pump in (
            link.pump(reader, far_writer, "up"),
            link.pump(far_reader, writer, "down"),
        ):
            task = asyncio.ensure_future(pump)
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def changed(self):
        await self.event.wait()

    def set(self, state, kinds=KINDS, ways=WAYS):
        for kind in kinds:
            for way in ways:
                self.state[kind, way] = state
        # Whoever waits looks again.
        self.event.set()
        self.event = asyncio.Event()

    def lose(self, kinds=KINDS, ways=WAYS):
        """The connections of now stay open and carry nothing any more."""
        for link in self.links:
            if link.kind in kinds:
                link.lost |= set(ways)

    def cut(self, rng: random.Random, kinds=KINDS, most=2000):
        """The connections of now end after a random number of bytes."""
        for link in self.links:
            if link.kind in kinds:
                link.left = rng.randrange(1, most)

    def close_all(self):
        for link in list(self.links):
            link.close()

    def restore(self):
        self.refuse, self.delay = False, 0.0
        self.set(PASS)

    def move(self, target):
        """New connections go to another Redis; those of now stay."""
        self.target = target

    async def close(self):
        self.server.close()
        self.close_all()
        for task in list(self.tasks):
            task.cancel()

    def url(self, login=""):
        return f"unix://{login}{self.path}?db=0"
