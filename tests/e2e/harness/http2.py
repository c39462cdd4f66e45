# SPDX-License-Identifier: MIT
"""HTTP/2 connections: one with several requests, which may be left, and one
with a WebSocket, as browsers use it where the server offers it. They have only
the parts of HTTP/2 needed for that.

Source: RFC 8441, RFC 9113, RFC 7541
"""

import socket
import struct
import time

from harness.check import WAIT, Failed
from harness.websocket import State, WebSocket

DATA, HEADERS, RST_STREAM, SETTINGS, WINDOW_UPDATE = 0, 1, 3, 4, 8
END_STREAM, ACK, END_HEADERS = 1, 1, 4
CANCEL = struct.pack(">I", 8)
ENABLE_CONNECT_PROTOCOL = b"\x00\x08\x00\x00\x00\x01"
STATUS_200 = b"\x88"  # of the static table
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def h2_frame(kind, flags, stream, payload=b""):
    return (
        struct.pack(">I", len(payload))[1:]
        + struct.pack(">BBI", kind, flags, stream)
        + payload
    )


def literal(name, value):
    """A literal header field without indexing; both shorter than 127 bytes."""
    name, value = name.encode(), value.encode()
    return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value


def get(stream, target):
    """A request."""
    pairs = {
        ":method": "GET",
        ":scheme": "http",
        ":path": target,
        ":authority": "localhost",
    }
    fields = b"".join(literal(*pair) for pair in pairs.items())
    return h2_frame(HEADERS, END_HEADERS | END_STREAM, stream, fields)


def take_frames(received):
    """The whole frames of `received`, as (kind, flags, stream, payload), and
    what is left of it."""
    frames = []
    while len(received) >= 9:
        size = int.from_bytes(received[:3], "big")
        if len(received) < 9 + size:
            break
        head = struct.unpack(">BBI", received[3:9])
        frames.append((*head, received[9 : 9 + size]))
        received = received[9 + size :]
    return frames, received


def ends(kind, flags):
    """A frame after which its stream has no other."""
    return kind == RST_STREAM or (
        kind in (DATA, HEADERS) and bool(flags & END_STREAM)
    )


class Http2:
    """A connection, as of a browser: its requests are numbers."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.sendall(PREFACE + h2_frame(SETTINGS, 0, 0))
        self.received, self.last = b"", -1
        self.bodies, self.ended = {}, set()

    def ask(self, target):
        self.last += 2
        self.bodies[self.last] = b""
        self.socket.sendall(get(self.last, target))
        return self.last

    def leave(self, request):
        """As a browser does when its page goes."""
        self.socket.sendall(h2_frame(RST_STREAM, 0, request, CANCEL))

    def has(self, request, text, seconds=WAIT):
        """Waits until it is in the body."""
        self.until(lambda: text in self.bodies[request], seconds, text)
        return request

    def page(self, target="/index.html", seconds=WAIT):
        """Its body."""
        request = self.ask(target)
        self.until(lambda: request in self.ended, seconds, target)
        return self.bodies[request]

    def until(self, condition, seconds, what):
        end = time.monotonic() + seconds
        while not condition():
            self.socket.settimeout(max(end - time.monotonic(), 0.001))
            try:
                data = self.socket.recv(65536)
            except TimeoutError:
                data = b""
            if not data:
                raise Failed(f"no {what!r} over HTTP/2")
            frames, self.received = take_frames(self.received + data)
            for frame in frames:
                self.take(*frame)

    def take(self, kind, flags, stream, payload):
        if kind == SETTINGS and not flags & ACK:
            self.socket.sendall(h2_frame(SETTINGS, ACK, 0))
        elif kind == DATA and payload:
            self.bodies[stream] += payload
            size = struct.pack(">I", len(payload))
            self.socket.sendall(h2_frame(WINDOW_UPDATE, 0, 0, size))
        if ends(kind, flags):
            self.ended.add(stream)

    def close(self):
        self.socket.close()


class WebSocketOverHttp2(WebSocket):
    first_state = State.OPEN  # the handshake is not one of HTTP/1.1

    def __init__(self, port, target, headers=None):
        self.input, self.offered = b"", False
        super().__init__(port, target, headers)
        self.accepted()

    def greeting(self, target, fields):
        headers = self.request().headers
        pairs = {
            ":method": "CONNECT",
            ":protocol": "websocket",
            ":scheme": "http",
            ":path": target,
            ":authority": headers.pop("Host"),
        }
        for name in ("Connection", "Upgrade", "Sec-WebSocket-Key"):
            del headers[name]  # not used in HTTP/2
        pairs.update({k.lower(): v for k, v in headers.raw_items()})
        head = b"".join(literal(*pair) for pair in pairs.items())
        return (
            PREFACE
            + h2_frame(SETTINGS, 0, 0)
            + h2_frame(HEADERS, END_HEADERS, 1, head)
        )

    def feed(self, data):
        frames, self.input = take_frames(self.input + data)
        for frame in frames:
            self.h2_frame(*frame)

    def h2_frame(self, kind, flags, stream, payload):
        if kind == SETTINGS and not flags & ACK:
            self.offered = ENABLE_CONNECT_PROTOCOL in payload
            self.socket.sendall(h2_frame(SETTINGS, ACK, 0))
        elif kind == HEADERS and self.status is None:
            if not payload.startswith(STATUS_200):
                raise Failed(f"the response is {payload!r}")
            self.status = 101  # what that means here
        elif kind == DATA and stream == 1:
            self.take(payload)
        if stream == 1 and ends(kind, flags):
            self.ended = "cut" if self.close_code is None else "closed"

    def send(self, data):
        super().send(h2_frame(DATA, 0, 1, data))
