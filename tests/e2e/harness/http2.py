# SPDX-License-Identifier: MIT
"""A WebSocket in a stream of an HTTP/2 connection, as browsers use it where
the server offers it. It has only the parts of HTTP/2 needed for that.

Source: RFC 8441, RFC 9113, RFC 7541
"""

import struct

from harness.check import Failed
from harness.websocket import State, WebSocket

DATA, HEADERS, RST_STREAM, SETTINGS = 0, 1, 3, 4
END_STREAM, ACK, END_HEADERS = 1, 1, 4
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
        self.input += data
        while len(self.input) >= 9:
            size = int.from_bytes(self.input[:3], "big")
            if len(self.input) < 9 + size:
                break
            kind, flags, stream = struct.unpack(">BBI", self.input[3:9])
            payload = self.input[9 : 9 + size]
            self.input = self.input[9 + size :]
            self.h2_frame(kind, flags, stream, payload)

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
        if kind == RST_STREAM or (
            stream == 1 and kind in (DATA, HEADERS) and flags & END_STREAM
        ):
            self.ended = "cut" if self.close_code is None else "closed"

    def send(self, data):
        super().send(h2_frame(DATA, 0, 1, data))
