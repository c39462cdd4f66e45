# SPDX-License-Identifier: MIT
"""A WebSocket client on a socket. It records each frame and how the connection
ended, and has the interface of harness/sse.py.

Source: RFC 6455, RFC 7692
"""

import base64
import hashlib
import json
import os
import struct
import time
import zlib

from harness.check import WAIT, Failed, shorten
from harness.sse import Stream

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
FIN, RSV1 = 0x80, 0x40
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
DEFLATE = "permessage-deflate"
EMPTY_BLOCK = b"\x00\x00\xff\xff"  # ends a message, and is not sent


def masked(payload, mask):
    """Masks, or unmasks."""
    size = len(payload)
    key = (mask * (size // 4 + 1))[:size]
    return (
        int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")
    ).to_bytes(size, "big")


def frame(first, payload=b"", mask=None):
    """As a client sends it; `first` is an opcode and bits. mask=b"" leaves it
    unmasked, which is not allowed."""
    mask = os.urandom(4) if mask is None else mask
    bit, size = 0x80 if mask else 0, len(payload)
    if size < 126:
        head = struct.pack(">BB", first, bit | size)
    elif size < 65536:
        head = struct.pack(">BBH", first, bit | 126, size)
    else:
        head = struct.pack(">BBQ", first, bit | 127, size)
    return head + mask + (masked(payload, mask) if mask else payload)


def close_payload(code, reason=""):
    return struct.pack(">H", code) + reason.encode()


class Frames:
    """Bytes of a server to (first byte, payload)."""

    def __init__(self):
        self.buffer = bytearray()

    def feed(self, data):
        self.buffer += data
        found = []
        while (one := self.next()) is not None:
            found.append(one)
        return found

    def next(self):
        have = self.buffer
        if len(have) < 2:
            return None
        if have[1] & 0x80:
            raise Failed("a frame of the server is masked")
        at, size = 2, have[1]
        if size > 125:
            at += 2 if size == 126 else 8
            if len(have) < at:
                return None
            size = int.from_bytes(have[2:at], "big")
        if len(have) < at + size:
            return None
        one = have[0], bytes(have[at : at + size])
        del have[: at + size]
        return one


class Message:
    """A text frame: a message, a gap, a cursor or a reply."""

    def __init__(self, text, packed, fragments):
        self.text, self.packed, self.fragments = text, packed, fragments
        self.at = time.monotonic()

    def __repr__(self):
        return shorten(self.text, 100)


class WebSocket(Stream):
    """From the handshake to the end. `headers` adds to the request, or removes
    those whose value is None.

    `ended` is None while it lasts, "closed" when the server said so by a close
    frame (close_code, close_reason), "cut" when it did not, "clean" when there
    was a response that is no 101. With pongs=False no ping is answered, with
    closes=False no close is."""

    good = 101

    def __init__(
        self,
        port,
        target,
        headers=None,
        receive=0,
        deflate=False,
        pongs=True,
        closes=True,
    ):
        self.key = base64.b64encode(os.urandom(16)).decode()
        self.offers = deflate
        self.pongs, self.closes = pongs, closes
        self.frames, self.parts, self.first = Frames(), [], 0
        self.inflater = None
        self.texts, self.pings, self.pong_payloads = [], 0, []
        self.close_code, self.close_reason = None, ""
        super().__init__(port, target, headers, receive)

    def head_fields(self):
        fields = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": self.key,
        }
        if self.offers:
            fields["Sec-WebSocket-Extensions"] = DEFLATE
        return fields

    def head(self, lines):
        super().head(lines)
        if self.status != 101:
            return
        self.chunks, self.length = None, None
        wanted = base64.b64encode(
            hashlib.sha1(self.key.encode() + GUID).digest()
        ).decode()
        for name, value in (
            ("sec-websocket-accept", wanted),
            ("upgrade", "websocket"),
        ):
            if self.headers.get(name) != value:
                raise Failed(
                    f"{name} is {self.headers.get(name)!r}, " f"want {value!r}"
                )
        if self.headers.get("connection", "").lower() != "upgrade":
            raise Failed(f"Connection: {self.headers.get('connection')}")
        agreed = self.headers.get("sec-websocket-extensions", "")
        if agreed and not self.offers:
            raise Failed(f"{agreed} was not offered")
        if DEFLATE in agreed:
            if "server_no_context_takeover" not in agreed:
                raise Failed(f"a context to keep: {agreed}")
            self.inflater = zlib.decompressobj(-15)

    def take(self, data):
        if self.status != 101:
            self.body += data
            return
        for first, payload in self.frames.feed(data):
            if self.close_code is not None:
                raise Failed("a frame after the close frame")
            self.frame(first, payload)

    def frame(self, first, payload):
        opcode = first & 0xF
        if opcode >= CLOSE:
            if not first & FIN or len(payload) > 125:
                raise Failed(f"a bad control frame: {first:#x}")
            self.control(opcode, payload)
            return
        if (opcode == CONTINUATION) != bool(self.parts):
            raise Failed(f"opcode {opcode} after {len(self.parts)} fragments")
        if not self.parts:
            self.first = first
        elif first & RSV1:
            raise Failed("RSV1 in a fragment that is not the first")
        self.parts.append(payload)
        if first & FIN:
            self.message()

    def message(self):
        parts, self.parts = self.parts, []
        data, packed = b"".join(parts), bool(self.first & RSV1)
        if self.first & 0xF != TEXT:
            raise Failed(f"a message of opcode {self.first & 0xF}")
        if packed:
            if self.inflater is None:
                raise Failed("compressed, and that was not agreed on")
            # no context: each message is one of its own
            inflater = zlib.decompressobj(-15)
            data = inflater.decompress(data + EMPTY_BLOCK)
        self.texts.append(Message(data.decode("utf-8"), packed, len(parts)))

    def control(self, opcode, payload):
        if opcode == PING:
            self.pings += 1
            if self.pongs:
                self.send_frame(FIN | PONG, payload)
        elif opcode == PONG:
            self.pong_payloads.append(payload)
        elif opcode == CLOSE:
            self.close_code = (
                int.from_bytes(payload[:2], "big") if payload else 1005
            )
            self.close_reason = payload[2:].decode("utf-8")
            if self.closes:
                self.send_frame(FIN | CLOSE, payload[:2])
        else:
            raise Failed(f"opcode {opcode}")

    def read(self, seconds):
        """As Stream.read(); an end after a close frame is "closed"."""
        something = super().read(seconds)
        if self.ended == "cut" and self.close_code is not None:
            self.ended = "closed"
        return something

    # --- sending -----------------------------------------------------------

    def send(self, data):
        """Sends bytes; ignores a closed connection."""
        self.socket.settimeout(30)
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def send_frame(self, first, payload=b"", mask=None):
        self.send(frame(first, payload, mask))

    def send_text(self, text, fragments=1):
        data = text.encode()
        size = max(1, -(-len(data) // fragments))
        parts = [data[at : at + size] for at in range(0, len(data), size)] or [
            b""
        ]
        for n, part in enumerate(parts):
            bits = FIN if n == len(parts) - 1 else 0
            self.send_frame(bits | (TEXT if n == 0 else CONTINUATION), part)

    def send_deflated(self, text):
        packer = zlib.compressobj(wbits=-15)
        data = packer.compress(text.encode()) + packer.flush(zlib.Z_SYNC_FLUSH)
        self.send_frame(FIN | RSV1 | TEXT, data.removesuffix(EMPTY_BLOCK))

    def send_command(self, ref=None, **command):
        """Sends a command."""
        if ref is not None:
            command["ref"] = ref
        self.send_text(json.dumps(command))

    def command(self, ref, **command):
        """Sends a command, and returns its reply."""
        self.send_command(ref, **command)
        return self.wait_reply(ref)

    def leave(self, code=1000, reason=""):
        self.send_frame(FIN | CLOSE, close_payload(code, reason))

    # --- received ----------------------------------------------------------

    def story(self):
        return (
            f"status {self.status}, {self.ended or 'open'}, "
            f"close code {self.close_code} {self.close_reason!r}, "
            f"{len(self.texts)} texts, {self.pings} pings, "
            f"last {self.texts[-3:]}, body "
            f"{shorten((self.body or self.buffer)[-300:])}"
        )

    def wait_reply(self, ref, seconds=WAIT):
        self.until(
            lambda: [t for t in self.replies if t.get("ref") == ref],
            f"response to {ref!r}",
            seconds,
        )
        return [t for t in self.replies if t.get("ref") == ref][0]

    def wait_close(self, seconds=WAIT):
        """Waits for the end; returns the close code of the server."""
        if self.wait_end(seconds) != "closed":
            raise Failed(f"it was not closed: {self.story()}")
        return self.close_code

    @property
    def items(self):
        return [json.loads(t.text) for t in self.texts]

    @property
    def comments(self):
        return self.pings

    @property
    def messages(self):
        return [i for i in self.items if "data" in i]

    @property
    def data(self):
        return [m["data"] for m in self.messages]

    @property
    def gaps(self):
        return [i["gap"] for i in self.items if "gap" in i]

    @property
    def replies(self):
        return [i for i in self.items if "ok" in i or "error" in i]

    @property
    def retries(self):
        return [i["retry"] for i in self.items if "retry" in i]

    @property
    def cursor(self):
        """The newest one received."""
        for item in reversed(self.items):
            if "cursor" in item:
                return item["cursor"]
            if "data" in item:
                return item["id"]
        return None
