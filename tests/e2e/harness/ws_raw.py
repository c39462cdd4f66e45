# SPDX-License-Identifier: MIT
"""A WebSocket client that can break every rule: frames are made by hand, and
the response is kept as it came.

Source: RFC 6455, RFC 7692
"""

import base64
import hashlib
import json
import os
import re
import socket
import struct
import time
import zlib

from harness.check import WAIT, Failed, shorten

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
KEY = "AQIDBAUGBwgJCgsMDQ4PEA=="
MASK = b"\x37\xfa\x21\x3d"
DEFLATE = "permessage-deflate"
TAIL = b"\x00\x00\xff\xff"  # of each compressed message; it is not sent


# --- out -------------------------------------------------------------------


def masked(payload, mask=MASK):
    size = len(payload)
    key = (mask * (size // 4 + 1))[:size]
    return (
        int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")
    ).to_bytes(size, "big")


def length_field(length, masks, octets=None):
    """The second byte of a frame and the rest of the length field, of the
    `octets` (0, 2, 8) the length needs, or of others."""
    if octets is None:
        octets = 0 if length < 126 else 2 if length < 65536 else 8
    bit = 0x80 if masks else 0
    if octets == 0:
        return bytes([bit | length])
    if octets == 2:
        return struct.pack(">BH", bit | 126, length)
    return struct.pack(">BQ", bit | 127, length)


def frame(
    opcode, payload=b"", fin=True, rsv=0, mask=MASK, length=None, octets=None
):
    """A frame. `length`: the one in its head; `octets`: of the length field;
    `mask` None: it is not masked."""
    claimed = len(payload) if length is None else length
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    head += length_field(claimed, mask is not None, octets)
    if mask is None:
        return head + payload
    return head + mask + masked(payload, mask)


def text(payload, **options):
    if isinstance(payload, str):
        payload = payload.encode()
    return frame(TEXT, payload, **options)


def close(code=None, reason=b""):
    return frame(
        CLOSE, b"" if code is None else struct.pack(">H", code) + reason
    )


def chopped(octets, size):
    return [octets[at : at + size] for at in range(0, len(octets), size)]


def fragments(payload, size, rsv=0, opcode=TEXT):
    """One message in frames of `size` bytes each."""
    pieces = chopped(payload, size) or [b""]
    return [
        frame(
            CONTINUATION if n else opcode,
            piece,
            fin=n == len(pieces) - 1,
            rsv=0 if n else rsv,
        )
        for n, piece in enumerate(pieces)
    ]


def deflated(
    payload,
    wbits=15,
    level=6,
    strategy=zlib.Z_DEFAULT_STRATEGY,
    flush=zlib.Z_SYNC_FLUSH,
):
    """A message as permessage-deflate sends it."""
    z = zlib.compressobj(level, zlib.DEFLATED, -wbits, 8, strategy)
    out = z.compress(payload) + z.flush(flush)
    return out.removesuffix(TAIL)


# --- the handshake ---------------------------------------------------------


def upgrade_request(
    target,
    *fields,
    key=KEY,
    version="13",
    host="localhost",
    method="GET",
    http="HTTP/1.1",
    upgrade="websocket",
    connection="Upgrade",
):
    """A field that is None is left out."""
    lines = [f"{method} {target} {http}"]
    for name, value in (
        ("Host", host),
        ("Upgrade", upgrade),
        ("Connection", connection),
        ("Sec-WebSocket-Key", key),
        ("Sec-WebSocket-Version", version),
    ):
        if value is not None:
            lines.append(f"{name}: {value}")
    return "\r\n".join([*lines, *fields, "", ""]).encode()


def accept_of(key):
    digest = hashlib.sha1((key + GUID).encode()).digest()
    return base64.b64encode(digest).decode()


class Head:
    """The head of a response."""

    def __init__(self, octets):
        lines = octets.decode("latin-1").split("\r\n")
        self.status = int(re.match(r"HTTP/1\.1 (\d+)", lines[0])[1])
        self.fields = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.fields[name.lower()] = value.strip()

    def get(self, name):
        return self.fields.get(name.lower(), "")


# --- the connection --------------------------------------------------------


class Raw:
    """Bytes to and from an address: a path or (host, port). Pings are not
    answered, so hold.beat must be long."""

    def __init__(self, address):
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family)
        self.socket.settimeout(WAIT)
        self.socket.connect(address)
        if family == socket.AF_INET:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.bytes = b""
        self.ended = False

    def send(self, *pieces):
        """Each in a call of its own. Errors are ignored: the received bytes
        show whether the connection is closed."""
        try:
            for piece in pieces:
                self.socket.sendall(piece)
        except OSError:
            pass

    def more(self, end):
        """Reads on. False: nothing more comes."""
        if self.ended:
            return False
        self.socket.settimeout(max(end - time.monotonic(), 0.001))
        try:
            got = self.socket.recv(262144)
        except TimeoutError:
            raise Failed(
                "nothing more came, nor the end; there is "
                f"{shorten(self.bytes, 200)}"
            ) from None
        except ConnectionError:
            got = b""
        self.ended = not got
        self.bytes += got
        return bool(got)

    def response(self):
        """The head of a response."""
        end = time.monotonic() + WAIT
        while b"\r\n\r\n" not in self.bytes:
            if not self.more(end):
                raise Failed(f"no head of a response: {self.bytes[:200]!r}")
        head, _, self.bytes = self.bytes.partition(b"\r\n\r\n")
        return Head(head)

    def body(self, head):
        """Of a response: as long as it says, else until the end."""
        length, end = head.get("Content-Length"), time.monotonic() + WAIT
        if length == "":
            return self.rest()
        while len(self.bytes) < int(length) and self.more(end):
            pass
        return self.bytes[: int(length)]

    def rest(self):
        """All that comes until the end."""
        end = time.monotonic() + WAIT
        while self.more(end):
            pass
        return self.bytes

    def shut(self):
        self.socket.shutdown(socket.SHUT_WR)

    def close(self):
        self.socket.close()


class Came:
    """A message or a control frame from the server."""

    def __init__(self, opcode, payload, deflated_=False, frames=1):
        self.opcode, self.payload = opcode, payload
        self.deflated, self.frames = deflated_, frames

    def __repr__(self):
        return f"<opcode {self.opcode} {shorten(self.payload, 200)}>"

    def json(self):
        return json.loads(self.payload)

    def code(self):
        """Of a close; None when it has none."""
        return (
            struct.unpack(">H", self.payload[:2])[0] if self.payload else None
        )


class WebSocket(Raw):
    """A connection after its handshake. `extensions`: what is offered."""

    def __init__(self, address, channel, extensions=None, fields=()):
        super().__init__(address)
        self.fragments = []
        if extensions is not None:
            fields = (*fields, f"Sec-WebSocket-Extensions: {extensions}")
        key = base64.b64encode(os.urandom(16)).decode()
        self.send(
            upgrade_request(
                f"/push/websocket?channel={channel}", *fields, key=key
            )
        )
        self.head = self.response()
        if self.head.status != 101:
            raise Failed(
                f"{self.head.status} instead of 101: " f"{self.rest()[:300]!r}"
            )
        if self.head.get("Sec-WebSocket-Accept") != accept_of(key):
            raise Failed("Sec-WebSocket-Accept does not fit the key")
        self.deflates = self.head.get("Sec-WebSocket-Extensions") != ""
        self.cursor = self.next().json()["cursor"]  # it is subscribed

    def take_frame(self):
        """The next whole frame of what has come, or None."""
        got = self.bytes
        if len(got) < 2:
            return None
        if got[1] & 0x80:
            raise Failed("a frame of a server is not masked")
        size, at = got[1] & 0x7F, 2
        if size > 125:
            at = 4 if size == 126 else 10
            if len(got) < at:
                return None
            size = int.from_bytes(got[2:at], "big")
        if len(got) < at + size:
            return None
        self.bytes = got[at + size :]
        return got[0], got[at : at + size]

    def whole(self, first, payload):
        """The message that this frame completes, or None."""
        opcode, fin, rsv = first & 15, first & 0x80, first >> 4 & 7
        if opcode >= CLOSE:
            if not fin or rsv or len(payload) > 125:
                raise Failed(f"a wrong control frame: {first:#x}")
            return Came(opcode, payload)
        if (
            (opcode == CONTINUATION) != bool(self.fragments)
            or rsv & 3
            or (rsv and (not self.deflates or self.fragments))
        ):
            raise Failed(f"a wrong frame: {first:#x}")
        self.fragments.append((opcode, rsv, payload))
        if not fin:
            return None
        parts, self.fragments = self.fragments, []
        octets = b"".join(part[2] for part in parts)
        if parts[0][1]:
            octets = zlib.decompressobj(-15).decompress(octets + TAIL)
        return Came(parts[0][0], octets, bool(parts[0][1]), len(parts))

    def next(self, seconds=WAIT):
        """The next message but pings; None when the connection has ended."""
        end = time.monotonic() + seconds
        while True:
            got = self.take_frame()
            if got is None:
                if not self.more(end):
                    return None
                continue
            came = self.whole(*got)
            if came is not None and came.opcode != PING:
                return came

    def publish(self, channel, data):
        self.send(
            text(json.dumps({"publish": {"channel": channel, "data": data}}))
        )

    def data(self):
        """The data of the next message."""
        while True:
            came = self.next()
            if came is None or came.opcode == CLOSE:
                raise Failed(f"instead of a message: {came!r}")
            if came.opcode == TEXT and "data" in came.json():
                return came.json()["data"]
