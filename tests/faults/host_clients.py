# SPDX-License-Identifier: MIT
"""Subscribers that come and go: by HTTP/1.1 and WebSocket from addresses that
X-Forwarded-For states, and many streams in one HTTP/2 connection."""

import asyncio
import socket
import struct
import time

import host_world
from harness import web
from harness.http2 import ACK, DATA, PREFACE, SETTINGS, ends, get, h2_frame
from http_client import Broken, Exchange, Socket

EXPECTED = (OSError, Broken, asyncio.TimeoutError, asyncio.IncompleteReadError)
LIFETIME = 3.0  # seconds that one is held on average
PATIENCE = 8.0  # seconds for the head of a response
STREAMS = ("sse", "stream")
CHANNELS = ("news", "chat", "orders")


class Answers:
    """When connects were answered, and how long they took."""

    def __init__(self):
        self.all = []

    def add(self, began):
        now = time.monotonic()
        self.all.append((now, now - began))

    def between(self, start, end):
        return [took for at, took in self.all if start <= at <= end]


class Visitor:
    """Has one session() after another, each for a while; what it holds then ends
    with it: forget(). `settling`: the next one stays. Times are seconds."""

    least, pause, settling = 0.1, 0.02, False

    async def run(self):
        while True:
            try:
                async with asyncio.timeout(self.life()):
                    await self.session()
            except EXPECTED:
                pass
            finally:
                self.forget()
            await asyncio.sleep(self.rng.uniform(self.pause, 0.5))

    def life(self):
        if self.settling:
            return None
        return self.least + self.rng.expovariate(1 / LIFETIME)


class Client(Visitor):
    """`is_held`: by its own view. `settling`: it stays, on a stream or a
    WebSocket, which is for those without a user."""

    def __init__(self, world, rng, answers, address):
        self.world, self.rng, self.answers = world, rng, answers
        self.address, self.user = address, host_world.ADDRESSES[address]
        self.is_held = False

    def headers(self):
        shown = {"X-Forwarded-For": self.address}
        return {**shown, "X-User": self.user} if self.user else shown

    def forget(self):
        self.is_held = False

    def target(self, technique):
        query = web.query(self.rng.choice(CHANNELS), since="0")
        return f"/push/{technique}?{query}"

    async def session(self):
        if not self.user:
            await self.socket(self.world.place("lighttpd"))
            return
        place = self.rng.choice(self.world.places)
        await self.stream(
            place,
            self.rng.choice(STREAMS if self.settling else place.techniques),
        )

    async def answered(self, work):
        began = time.monotonic()
        async with asyncio.timeout(PATIENCE):
            status = await work
        if status in (101, 200):
            self.answers.add(began)
            return True
        return False

    async def stream(self, place, technique):
        exchange = Exchange(place.site.port)
        try:
            await exchange.connect()
            exchange.send("GET", self.target(technique), self.headers())
            if await self.answered(exchange.head()):
                while await exchange.piece():
                    self.is_held = technique in STREAMS
        finally:
            exchange.close()

    async def socket(self, place):
        subscriber = Socket(
            place.site.port, self.target("websocket"), headers=self.headers()
        )
        try:
            if await self.answered(subscriber.connect()):
                self.is_held = True
                while True:
                    await subscriber.receive()
        finally:
            subscriber.close()


class Connection(Visitor):
    """An HTTP/2 connection from an address of its own on loopback, with some
    streams. `streams`: those held, by its own view."""

    made = 0
    least, pause = 0.3, 0.05

    def __init__(self, world, rng, answers):
        self.world, self.rng, self.answers = world, rng, answers
        self.streams, self.key = set(), None

    def forget(self):
        self.streams = set()

    def bound(self):
        """A socket with a new address, whose port is known to the logs."""
        Connection.made += 1
        n = Connection.made
        address = f"127.1.{n // 250 % 250}.{n % 250 + 1}"
        sock = socket.socket()
        sock.setblocking(False)
        sock.bind((address, 0))
        port = sock.getsockname()[1]
        self.world.logs.ports[address] = port
        self.key = host_world.key_of_connection(address, port)
        return sock

    async def session(self):
        place = self.rng.choice(
            [p for p in self.world.places if p.name != "fcgid"]
        )
        sock = self.bound()
        try:
            await asyncio.get_running_loop().sock_connect(
                sock, ("127.0.0.1", place.site.port)
            )
            reader, writer = await asyncio.open_connection(sock=sock)
        except BaseException:
            sock.close()
            raise
        try:
            self.ask(writer)
            while True:
                await self.take(reader, writer)
        finally:
            writer.transport.abort()

    def ask(self, writer):
        writer.write(PREFACE + h2_frame(SETTINGS, 0, 0))
        for n in range(self.rng.randrange(2, 7)):
            query = web.query(self.rng.choice(CHANNELS), since="0")
            writer.write(
                get(2 * n + 1, f"/push/{self.rng.choice(STREAMS)}?{query}")
            )

    async def take(self, reader, writer):
        """One frame."""
        head = await reader.readexactly(9)
        size = int.from_bytes(head[:3], "big")
        kind, flags, stream = struct.unpack(">BBI", head[3:])
        await reader.readexactly(size)
        if kind == SETTINGS and not flags & ACK:
            writer.write(h2_frame(SETTINGS, ACK, 0))
        elif kind == DATA and size:
            self.streams.add(stream)
        if ends(kind, flags):
            self.streams.discard(stream)
            if self.settling:
                raise Broken("a stream ended")
