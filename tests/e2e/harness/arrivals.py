# SPDX-License-Identifier: MIT
"""Requests and clients that arrive in any order, sent in Apache's place. What a
response calls tells whose it is."""

import collections
import random
import re
import socket
import struct

from harness.handoff import Client

ROUND = 40  # clients whose steps are mixed
FIRST_PORT, PORTS = 33000, 30000
RESET = struct.pack("ii", 1, 0)
CALLED = re.compile(r"c\d+(?=\()")


class Arrivals:
    """Of jsonp.fcgi. A client is served, cut, or gone. `lost` and `wrong` have
    what must not be."""

    def __init__(self, program, seed=0):
        self.program, self.random = program, random.Random(seed)
        self.counts, self.wrong = collections.Counter(), []
        self.lost = []  # usual ones that were not served
        self.next = self.place = 0

    def run(self, count):
        while self.next < count:
            self.round()
        return self

    def round(self):
        """The steps of each client in their order, among those of others."""
        plans = [self.plan() for _ in range(ROUND)]
        left = [iter(steps) for steps in plans]
        while left:
            steps = self.random.choice(left)
            for step in steps:
                step()
                break
            else:
                left.remove(steps)

    def client(self, place=None):
        """Each from an address and port of its own, if not from `place`."""
        self.next += 1
        while True:
            self.place += 1
            address = f"127.0.{self.place // PORTS}.1"
            own = (address, FIRST_PORT + self.place % PORTS)
            try:
                one = Client(self.program.listening, place or own)
                break
            except OSError:
                if place:
                    raise
        one.name, one.wanted = f"c{self.next}", False
        return one

    def plan(self):
        kind = self.random.choice(
            ("usual",) * 4
            + ("client first", "no request", "no client", "left", "port again")
        )
        self.counts[kind] += 1
        one = self.client()

        def ask():
            answer = self.program.ask(
                one,
                f"channel={one.name}&wait=0&callback={one.name}",
            )
            assert answer.status == 200, answer

        def hand():
            self.program.hand(one.accepted)

        def leave():
            one.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            one.socket.close()

        def look():
            self.look(one, kind)

        if kind == "usual":
            return [ask, hand, look]
        if kind == "client first":
            return [hand, ask, look]
        if kind == "no request":
            return [hand, look]
        if kind == "no client":
            return [ask, leave, one.accepted.close]
        if kind == "left":
            return [ask, leave, hand]
        return self.port_again(one, ask, hand, leave)

    def port_again(self, one, ask, hand, leave):
        """Apache asks about the client that left whenever it likes."""
        leave()
        two = self.client(one.peer)

        def ask_two():
            self.program.ask(
                two, f"channel={two.name}&wait=0&callback={two.name}"
            )

        def hand_two():
            self.program.hand(two.accepted)

        steps = [ask_two, hand_two]
        steps.insert(self.random.randrange(3), ask)
        steps.insert(steps.index(ask) + 1, hand)
        return [*steps, lambda: self.look(two, "port again")]

    def look(self, one, kind):
        called = set(CALLED.findall(one.ended()))
        served = called == {one.name}
        if called - {one.name}:
            self.wrong.append(f"{one.name} got {called}")
        if not served and kind == "usual":
            self.lost.append(f"{one.name} got {one.got!r}")
        self.counts["served" if served else "cut"] += 1
        one.close()
