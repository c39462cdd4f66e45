# SPDX-License-Identifier: MIT
"""Subscribers that come at a rate and stay: each reconnects with its cursor when
`retry` is over, as EventSource and push.js do.

A crowd is a process. When it reads from stdin how many messages there are, it goes
on until each subscriber has them all, and prints a line of JSON."""

import base64
import heapq
import json
import os
import random
import selectors
import socket
import struct
import sys
import time

RETRY = 2.0  # s, until the server has said another
PATIENCE = 120  # s, for the last messages
START = "0"  # the cursor before all messages
CLOSING = 8  # opcodes
PING, PONG = 9, 10


class Sse:
    """The bytes of an EventSource."""

    path = "/push/sse"

    def __init__(self, who):
        self.who, self.line = who, b""
        self.over = False  # the response has ended

    def request(self, cursor):
        return (
            f"GET {self.path}?channel={self.who.channel} HTTP/1.1\r\n"
            f"Host: localhost\r\nAccept: text/event-stream\r\n"
            f"Last-Event-ID: {cursor}\r\n\r\n"
        ).encode()

    def good(self, status):
        return status == 200

    def take(self, data):
        """Chunk sizes are lines that are no fields: but for the last one they
        are skipped. Messages are short, so no chunk ends within a line."""
        *lines, self.line = (self.line + data).split(b"\n")
        for line in lines:
            name, _, value = line.rstrip(b"\r").partition(b": ")
            if name == b"id":
                self.who.cursor = value.decode()
            elif name == b"data" and value.isdigit():
                self.who.got.append(int(value))
            elif name == b"0":
                self.over = True
            elif name == b"retry":
                self.who.retry = int(value) / 1000

    def answer(self):
        return b""


class WebSocket:
    """The frames of a WebSocket."""

    path = "/push/websocket"

    def __init__(self, who):
        self.who, self.bytes, self.out = who, b"", b""
        self.over = False

    def request(self, cursor):
        key = base64.b64encode(os.urandom(16)).decode()
        return (
            f"GET {self.path}?channel={self.who.channel}&since={cursor} HTTP/1.1\r\n"
            "Host: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        ).encode()

    def good(self, status):
        return status == 101

    def take(self, data):
        self.bytes += data
        while len(self.bytes) >= 2:
            length, at = self.bytes[1] & 0x7F, 2
            if length == 126:
                at = 4
                length = int.from_bytes(self.bytes[2:4], "big")
            if len(self.bytes) < at + length:
                break
            opcode = self.bytes[0] & 0xF
            self.frame(opcode, self.bytes[at : at + length])
            self.bytes = self.bytes[at + length :]

    def frame(self, opcode, payload):
        if opcode in (PING, CLOSING):
            answer = PONG if opcode == PING else CLOSING
            self.out += struct.pack(
                "!BBI", 0x80 | answer, 0x80 | len(payload), 0
            )
            self.out += payload  # masked with zeros
            return
        item = json.loads(payload)
        self.who.cursor = item.get("cursor") or item.get(
            "id", self.who.cursor
        )
        if "data" in item:
            self.who.got.append(int(item["data"]))
        if "retry" in item:
            self.who.retry = item["retry"] / 1000

    def answer(self):
        out, self.out = self.out, b""
        return out


class Subscriber:
    def __init__(self, crowd, kind, channel):
        self.crowd, self.kind, self.channel = crowd, kind, channel
        self.cursor, self.retry, self.got = START, RETRY, []
        self.socket, self.status, self.dead = None, None, False
        self.connects = 0

    def connect(self):
        self.connects += 1
        if self.connects == 1:
            self.crowd.arrived.append(time.monotonic())
        self.status, self.head = None, b""
        self.parser = self.kind(self)
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.bind((self.crowd.source(), 0))
        self.socket.connect_ex(("127.0.0.1", self.crowd.port))
        self.crowd.selector.register(
            self.socket, selectors.EVENT_WRITE, self
        )

    def writable(self):
        if self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self.lost()
            return
        try:
            self.socket.send(self.parser.request(self.cursor))
        except OSError:  # the server went away just now
            self.lost()
            return
        self.crowd.selector.modify(self.socket, selectors.EVENT_READ, self)

    def readable(self):
        try:
            data = self.socket.recv(65536)
        except OSError:
            data = b""
        if not data:
            self.lost()
            return
        if self.status is None:
            self.head += data
            head, found, data = self.head.partition(b"\r\n\r\n")
            if not found:
                return
            self.status = int(head.split()[1])
            self.crowd.statuses[self.status] = (
                self.crowd.statuses.get(self.status, 0) + 1
            )
        if not self.parser.good(self.status):
            self.refused()
            return
        self.parser.take(data)
        answer = self.parser.answer()
        if answer:
            self.socket.send(answer)
        if self.parser.over:
            self.lost()

    def refused(self):
        """An EventSource never comes again after another status than 200; a
        WebSocket does."""
        self.crowd.refused.append(time.monotonic())
        self.dead = self.kind is Sse
        self.lost()

    def lost(self):
        self.crowd.selector.unregister(self.socket)
        self.socket.close()
        self.socket = None
        if self.dead:
            return
        pause = self.retry
        if self.kind is WebSocket:  # push.js
            pause *= random.uniform(1, 1.5)
        self.crowd.later(pause, self)


class Crowd:
    def __init__(self, port, kind, channel, count, rate, number):
        self.port, self.rate, self.number = port, rate, number
        self.selector = selectors.DefaultSelector()
        self.all = [Subscriber(self, kind, channel) for _ in range(count)]
        self.waiting, self.order = [], 0
        self.statuses, self.sources, self.wanted = {}, 0, None
        self.refused, self.arrived = [], []  # when
        self.selector.register(sys.stdin, selectors.EVENT_READ, None)

    def source(self):
        """Addresses of loopback, so that ports last."""
        self.sources += 1
        return f"127.{self.number + 1}.0.{self.sources % 8 + 1}"

    def later(self, seconds, subscriber):
        self.order += 1
        heapq.heappush(
            self.waiting, (time.monotonic() + seconds, self.order, subscriber)
        )

    def run(self):
        for at, one in enumerate(self.all):
            self.later(at / self.rate, one)
        while not self.is_over():
            now = time.monotonic()
            while self.waiting and self.waiting[0][0] <= now:
                heapq.heappop(self.waiting)[2].connect()
            wait = 0.2
            if self.waiting:
                wait = min(wait, max(0, self.waiting[0][0] - now))
            for key, events in self.selector.select(wait):
                if key.data is None:
                    self.wanted = list(range(int(sys.stdin.readline())))
                    self.end = time.monotonic() + PATIENCE
                    self.selector.unregister(sys.stdin)
                elif events & selectors.EVENT_WRITE:
                    key.data.writable()
                else:
                    key.data.readable()

    def is_over(self):
        return self.wanted is not None and (
            time.monotonic() > self.end
            or all(len(one.got) >= len(self.wanted) for one in self.all)
        )

    def report(self):
        want = self.wanted
        kept = [one for one in self.all if one.socket is not None]
        return {
            "subscribers": len(self.all),
            "complete": sum(one.got == want for one in self.all),
            "lost": sum(len(set(want) - set(one.got)) for one in self.all),
            "refused": [f(self.refused) for f in (min, max)]
            if self.refused
            else [],
            "examples": [
                one.got for one in self.all if one.got != want
            ][:3],
            "seconds": self.arrived[-1] - self.arrived[0],
            "dead": sum(one.dead for one in self.all),
            "connected": len(kept),
            "connects": sum(one.connects for one in self.all),
            "statuses": self.statuses,
        }


def main(port, kind, channel, count, rate, number):
    """Arguments of Crowd."""
    crowd = Crowd(
        int(port),
        {"sse": Sse, "websocket": WebSocket}[kind],
        channel,
        int(count),
        float(rate),
        int(number),
    )
    crowd.run()
    print(json.dumps(crowd.report()))


if __name__ == "__main__":
    main(*sys.argv[1:])
