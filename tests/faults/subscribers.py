# SPDX-License-Identifier: MIT
"""Subscribers that change their technique and drop their connection at random,
and come back with their cursor, as browsers do."""

import asyncio
import json
import time

import formats
from harness import web
from http_client import Broken, Exchange, Socket, request
from journal import Journal, Link
from model import ZERO, parse_id

EXPECTED = (OSError, Broken, asyncio.TimeoutError, asyncio.IncompleteReadError)
LIFETIME = 4.0  # seconds a connection lives on average, of those who wander
WAIT = 5  # seconds of a long-poll
FULL = 100  # messages of a batch without a limit


def token_of(data):
    return data.partition(" ")[0]


class Subscriber:
    """`techniques`: those it may use. A loyal one keeps its connection until
    the server ends it."""

    def __init__(self, name, world, channels, rng, techniques, loyal=False):
        self.name, self.world, self.rng = name, world, rng
        self.channels, self.techniques = channels, techniques
        self.loyal, self.slow = loyal, False
        self.site = rng.choice(world.sites)
        self.cursor = None if len(channels) == 1 else "0"
        self.links = []
        self.journals = {}
        for channel in channels:
            journal = Journal(name, channel)
            journal.links = self.links
            self.journals[channel] = journal
            if self.cursor:
                journal.start(time.monotonic(), ZERO)
        self.reads = []  # (asked at, channel cursors) of answers not held
        self.last_status = None

    # --- items --------------------------------------------------------------

    def take(self, item):
        now, link = time.monotonic(), len(self.links) - 1
        if "gap" in item:
            gap = item["gap"]
            self.journals[gap["channel"]].gap(
                now, parse_id(gap["after"]), parse_id(gap["before"]), link
            )
            self.cursor = item["cursor"]
        elif "data" in item:
            journal = self.journals[item["channel"]]
            id_ = parse_id(item["id"])
            if not journal.first():  # its cursor was lost on the way
                journal.start(now, (id_[0], id_[1] - 1))
            journal.message(now, id_, token_of(item["data"]), link)
            self.cursor = item.get("cursor") or item["id"]
        elif "cursor" in item:
            self.cursor = item["cursor"]
            for journal in self.journals.values():
                if not journal.first():
                    journal.start(now, parse_id(self.cursor))

    def story(self, begun):
        """A line for each event and connection, in the order of time; seconds
        from `begun`, as in the notes."""
        lines = [
            (
                link.opened,
                f"connection {n} by {link.technique}, ended "
                f"{link.closed and round(link.closed - begun, 2)}",
            )
            for n, link in enumerate(self.links)
        ]
        for channel, journal in self.journals.items():
            lines += [
                (event.at, f"{channel} {event.say()} on {event.link}")
                for event in journal.events
            ]
        return [f"{at - begun:8.2f} {text}" for at, text in sorted(lines)]

    # --- its life -----------------------------------------------------------

    async def run(self):
        while True:
            technique = self.rng.choice(self.techniques)
            self.links.append(Link(technique, time.monotonic()))
            pause = 0.0
            try:
                pause = await self.session(technique)
            except EXPECTED as why:
                self.last_status = repr(why)
            finally:
                self.links[-1].closed = time.monotonic()
            await asyncio.sleep(
                pause or self.rng.uniform(0.02, 0.3 if technique else 1)
            )

    def target(self, technique, **more):
        return f"/push/{technique}?" + web.query(
            self.channels,
            since=self.cursor,
            **{**formats.PARAMETERS.get(technique, {}), **more},
        )

    async def session(self, technique):
        """One connection. Returns the pause that the server asks for."""
        if technique in formats.BATCHES:
            return await self.poll(technique)
        self.slow = (
            not self.loyal
            and not self.world.settling
            and self.rng.random() < self.world.slow
        )
        for journal in self.journals.values():
            journal.slow = self.slow
        life = None if self.loyal else self.rng.expovariate(1 / LIFETIME) + 0.1
        try:
            return await asyncio.wait_for(
                (self.socket if technique == "websocket" else self.stream)(
                    technique
                ),
                life,
            )
        except asyncio.TimeoutError:
            return 0.0  # it dropped its connection

    async def pace(self):
        """How much to read next; a slow one waits before."""
        if not self.slow or self.world.settling:
            return 65536
        await asyncio.sleep(0.2)
        return self.rng.randrange(1, 200)

    def pause_after(self, status, headers):
        self.last_status = status
        self.world.statuses[status] += 1
        return min(float(headers.get("retry-after") or 0.3), 1.0)

    async def stream(self, technique):
        exchange = Exchange(
            self.site.port, self.site.host, 4096 if self.slow else 0
        )
        try:
            await exchange.connect()
            exchange.send("GET", self.target(technique))
            if await exchange.head() != 200:
                return self.pause_after(exchange.status, exchange.headers)
            parser = formats.STREAMS[technique]()
            while piece := await exchange.piece(await self.pace()):
                for item in parser.feed(piece):
                    self.take(item)
            return 0.1
        finally:
            exchange.close()

    async def socket(self, _):
        port = getattr(self.site, "socket_port", self.site.port)
        socket = Socket(
            port,
            self.target("websocket"),
            self.site.host,
            4096 if self.slow else 0,
        )
        try:
            if await socket.connect() != 101:
                return self.pause_after(
                    socket.status, socket.exchange.headers
                )
            for text in socket.texts():
                self.take(json.loads(text))
            while True:
                for text in await socket.receive(await self.pace()):
                    self.take(json.loads(text))
        finally:
            socket.close()

    def items(self, technique, body):
        """Of a client that was handed off: its status is 200, also of a refusal,
        and a body without a length ends in the same way if its program is
        killed."""
        try:
            return formats.batch(technique, body)
        except (ValueError, KeyError) as why:
            if self.world.setup.name == "apache-handoff":
                raise Broken(f"{technique}: {why}") from None
            raise

    async def poll(self, technique):
        more = {} if technique == "poll" else {"wait": WAIT}
        if self.rng.random() < 0.2:
            more["limit"] = self.rng.choice((1, 5, 50))
        asked = time.monotonic()
        status, headers, body = await request(
            self.site.port,
            "GET",
            self.target(technique, **more),
            seconds=self.world.patience,
            host=self.site.host,
        )
        if status != 200:
            return self.pause_after(status, headers)
        items = self.items(technique, body)
        for item in items:
            self.take(item)
        if technique == "poll" and "limit" not in more and len(items) < FULL:
            self.world.reads.poll(self, asked)
        return self.rng.uniform(0.1, 0.5) if technique == "poll" else 0.01
