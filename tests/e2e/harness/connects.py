# SPDX-License-Identifier: MIT
"""Very many connects to a site, some given up, in any order. Each asks for a
channel of its own; what it gets of any other is a wrong match."""

import asyncio
import collections
import random
import re
import socket
import struct

from harness import web

TECHNIQUES = {
    "sse": "",
    "stream": "",
    "iframe": "&callback=app.got",
    "longpoll": "&wait=30",
    "jsonp": "&wait=30&callback=app.got",
}
STREAMS = ("sse", "stream", "iframe")
GIVEN_UP = ("connected", "half", "sent", "read")
FOR = re.compile(rb"for-([a-z]\d+)-end")
RESET = struct.pack("ii", 1, 0)
ADDRESSES = 8  # of the clients: 127.0.0.1 and more
SECONDS = 60


class Connects:
    """`lost` and `wrong` have what must not be."""

    def __init__(self, site, seed=0):
        self.port, self.random = site.port, random.Random(seed)
        self.counts = collections.Counter()
        self.lost, self.wrong = [], []
        self.next = 0
        self.state = {}

    def run(self, count, at_once=64):
        asyncio.run(self.all(count, at_once))
        return self

    async def all(self, count, at_once):
        async def worker():
            publisher = Publisher(self.port)
            while self.next < count:
                self.next += 1
                await self.one(self.next, publisher)
            publisher.close()

        await asyncio.gather(*(worker() for _ in range(at_once)))

    async def one(self, n, publisher):
        chosen = self.random.random()
        place = None
        if chosen < 0.4:
            await publisher.publish(f"x{n}")
            place = await self.give_up(n, GIVEN_UP[int(chosen * 10)])
        for _ in range(20):
            try:
                async with asyncio.timeout(SECONDS):
                    served = await self.ask(n, place, publisher)
            except TimeoutError:
                self.lost.append(
                    f"c{n}: nothing in {SECONDS} s, {self.state.get(n)}"
                )
                return
            if served:
                self.counts["served"] += 1
                return
            self.counts["came back"] += 1
            place = None
        self.lost.append(f"c{n}: 20 times in vain")

    async def connect(self, place=None):
        """From that address and port, which another has just had; if it
        cannot, from any."""
        loop = asyncio.get_running_loop()
        client = socket.socket()
        client.setblocking(False)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            client.bind(
                place or (f"127.0.0.{self.random.randrange(ADDRESSES) + 1}", 0)
            )
            await loop.sock_connect(client, ("127.0.0.1", self.port))
        except OSError:
            client.close()
            if not place:
                raise
            return await self.connect()
        self.counts["ports used again"] += place is not None
        return client

    async def give_up(self, n, when):
        """A request for another channel, x and a number. Returns its address
        and port: they are free at once."""
        loop = asyncio.get_running_loop()
        client = await self.connect()
        place = client.getsockname()
        request = head(self.random.choice(STREAMS), f"x{n}", "&since=0")
        if when == "half":
            request = request[: len(request) // 2]
        if when != "connected":
            await loop.sock_sendall(client, request)
        if when == "read":
            try:
                await loop.sock_recv(client, 64)
            except OSError:
                pass
        if self.random.random() < 0.5:
            await asyncio.sleep(self.random.random() * 0.01)
        reset(client)
        self.counts[f"given up, {when}"] += 1
        return place

    async def ask(self, n, place, publisher):
        """Did it get what it asked for?"""
        technique = self.random.choice(list(TECHNIQUES))
        live = (
            technique in STREAMS
            and f"c{n}" not in publisher.sent
            and self.random.random() < 0.3
        )
        more = TECHNIQUES[technique]
        if not live:
            await publisher.publish(f"c{n}")
            more += "&since=0"
        client = await self.connect(place)
        try:
            return await self.talk(client, n, technique, more, live, publisher)
        except OSError:
            return False
        finally:
            if self.random.random() < 0.5:
                reset(client)
            client.close()

    async def talk(self, client, n, technique, more, live, publisher):
        loop = asyncio.get_running_loop()
        if self.random.random() < 0.3:
            await self.page(client)
        await loop.sock_sendall(client, head(technique, f"c{n}", more))
        got = b""
        while True:
            self.state[n] = (technique, live, client.getsockname(), got[-300:])
            data = await loop.sock_recv(client, 65536)
            if not data:
                break
            got += data
            if live and (b'"cursor"' in got or b"event: cursor" in got):
                live = False
                await publisher.publish(f"c{n}")
            if self.check(n, got) and technique in STREAMS:
                break
        self.counts[technique] += 1
        status = got[9:12].decode()
        if status != "200":
            self.counts[f"status {status or 'none'}"] += 1
        return self.check(n, got)

    def check(self, n, got):
        """True when its own message is there."""
        whose = {name.decode() for name in FOR.findall(got)}
        if whose - {f"c{n}"}:
            self.wrong.append(f"c{n} got {sorted(whose)}")
        return bool(whose)

    async def page(self, client):
        """Another request of the connection, before."""
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(
            client, b"GET /lanes/none HTTP/1.1\r\nHost: localhost\r\n\r\n"
        )
        got = b""
        while b"</html>" not in got:
            data = await loop.sock_recv(client, 65536)
            if not data:
                raise ConnectionError
            got += data
        self.counts["after another request"] += 1


class Publisher:
    """A connection for what one client after the other is to get."""

    def __init__(self, port):
        self.port, self.streams, self.sent = port, None, set()

    async def publish(self, channel):
        """Once."""
        if channel in self.sent:
            return
        self.sent = {channel}
        body = web.form(channel=channel, data=f"for-{channel}-end")
        text = (
            b"POST /push/publish HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
        )
        for _ in range(3):
            try:
                return await self.send(text)
            except (OSError, EOFError):
                self.close()  # Apache ends it after 100 requests
        raise ConnectionError(f"could not publish to {channel}")

    async def send(self, text):
        if not self.streams:
            self.streams = await asyncio.open_connection(
                "127.0.0.1", self.port
            )
        reader, writer = self.streams
        writer.write(text)
        answer = await reader.readuntil(b"\r\n\r\n")
        if b" 201 " not in answer[:20]:
            raise AssertionError(answer.decode())
        size = re.search(rb"(?i)content-length: (\d+)", answer)
        if size:
            await reader.readexactly(int(size[1]))
        else:
            await reader.readuntil(b"0\r\n\r\n")

    def close(self):
        if self.streams:
            self.streams[1].close()
        self.streams = None


def head(technique, channel, more):
    return (
        f"GET /push/{technique}?channel={channel}{more} HTTP/1.1\r\n"
        "Host: localhost\r\n\r\n"
    ).encode()


def reset(client):
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    client.close()
