# SPDX-License-Identifier: MIT
"""HTTP and WebSocket of the clients, piece by piece, in asyncio. The parsers
of bodies are those of the end-to-end tests."""

import asyncio
import socket

from harness.sse import Chunks
from harness.websocket import Protocol, State
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

PIECE = 65536


class Broken(Exception):
    """The connection ended before the response did."""


class Exchange:
    """A request and its response. `receive`: bytes of the socket's buffer, for
    slow readers."""

    def __init__(self, port, host="127.0.0.1", receive=0):
        self.host, self.port, self.receive = host, port, receive
        self.reader = self.writer = None
        self.status, self.headers = None, {}
        self.chunks, self.left = None, None
        self.rest = b""

    async def connect(self):
        sock = socket.socket()
        if self.receive:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive)
        sock.setblocking(False)
        try:
            loop = asyncio.get_running_loop()
            await loop.sock_connect(sock, (self.host, self.port))
            self.reader, self.writer = await asyncio.open_connection(
                sock=sock, limit=self.receive or PIECE
            )
        except BaseException:
            sock.close()
            raise

    def send(self, method, target, headers=None, body=b""):
        fields = {"Host": "localhost", **(headers or {})}
        if body:
            fields["Content-Length"] = str(len(body))
        head = [f"{method} {target} HTTP/1.1"]
        head += [f"{name}: {value}" for name, value in fields.items()]
        self.writer.write(("\r\n".join(head) + "\r\n\r\n").encode() + body)

    async def head(self):
        buffer = b""
        while b"\r\n\r\n" not in buffer:
            data = await self.reader.read(PIECE)
            if not data:
                raise Broken("no head")
            buffer += data
        head, _, self.rest = buffer.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split()[1])
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.headers[name.lower()] = value.strip()
        if self.headers.get("transfer-encoding") == "chunked":
            self.chunks = Chunks()
        elif "content-length" in self.headers:
            self.left = int(self.headers["content-length"])
        return self.status

    async def piece(self, most=PIECE):
        """Bytes of the body; b"" at its end. Raises Broken when it is cut."""
        while True:
            if self.left == 0 or self.chunks and self.chunks.done:
                return b""
            data, self.rest = self.rest, b""
            if not data:
                data = await self.reader.read(most)
            if not data:
                if self.chunks is None and self.left is None:
                    return b""
                raise Broken("cut")
            if self.chunks:
                data = self.chunks.feed(data)
            elif self.left is not None:
                self.left -= len(data)
            if data:
                return data

    async def body(self):
        pieces = []
        while piece := await self.piece():
            pieces.append(piece)
        return b"".join(pieces)

    def close(self):
        if self.writer:
            self.writer.transport.abort()


async def request(
    port, method, target, headers=None, body=b"", seconds=30.0, host=None
):
    """(status, headers, body)"""

    async def whole():
        exchange = Exchange(port, host or "127.0.0.1")
        try:
            await exchange.connect()
            exchange.send(method, target, headers, body)
            await exchange.head()
            return exchange.status, exchange.headers, await exchange.body()
        finally:
            exchange.close()

    return await asyncio.wait_for(whole(), seconds)


class Socket:
    """A WebSocket, by the protocol of python3-websockets."""

    def __init__(
        self, port, target, host="127.0.0.1", receive=0, headers=None
    ):
        self.exchange = Exchange(port, host, receive)
        self.target, self.headers = target, headers or {}
        self.parts = []
        self.status = None
        self.protocol = Protocol(
            parse_uri(f"ws://localhost{target}"),
            state=State.CONNECTING,
            max_size=None,
        )

    async def connect(self):
        await self.exchange.connect()
        request_ = self.protocol.connect()
        request_.headers.update(self.headers)
        self.protocol.send_request(request_)
        self.flush()
        self.status = await self.exchange.head()
        if self.status != 101:
            return self.status
        head = [f"{k}: {v}" for k, v in self.exchange.headers.items()]
        self.protocol.receive_data(
            "\r\n".join(
                ["HTTP/1.1 101 Switching Protocols", *head, "", ""]
            ).encode("latin-1")
            + self.exchange.rest
        )
        return self.status

    def flush(self):
        for data in self.protocol.data_to_send():
            if data:
                self.exchange.writer.write(data)

    def texts(self):
        """The texts that are complete; answers pings."""
        out = []
        for event in self.protocol.events_received():
            if not isinstance(event, Frame) or event.opcode not in (
                Opcode.TEXT,
                Opcode.CONT,
            ):
                continue
            self.parts.append(event.data)
            if event.fin:
                out.append(b"".join(self.parts).decode())
                self.parts.clear()
        self.flush()
        return out

    async def receive(self, most=PIECE):
        """The next texts; raises Broken at the end."""
        data = await self.exchange.reader.read(most)
        if not data:
            raise Broken("the end")
        self.protocol.receive_data(data)
        return self.texts()

    def send(self, text):
        self.protocol.send_text(text.encode())
        self.flush()

    def close(self):
        self.exchange.close()
