# SPDX-License-Identifier: MIT
"""A WebSocket client: the protocol of python3-websockets on a socket of ours.
It records what it receives and how the connection ended, and has the interface
of harness/sse.py.

python3-websockets checks all that a server sends: the handshake, frames, close
codes. Debian 12 has its version 10.4, Debian 13 has 15.
"""

import functools
import json
import time

from websockets.extensions import Extension
from websockets.extensions.permessage_deflate import (
    ClientPerMessageDeflateFactory,
)
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from harness.check import WAIT, Failed, shorten
from harness.sse import Stream

try:
    from websockets.client import ClientProtocol
    from websockets.protocol import State
except ImportError:  # before version 11
    from websockets.client import ClientConnection as ClientProtocol
    from websockets.connection import State

DATA = (Opcode.TEXT, Opcode.BINARY)


class Protocol(ClientProtocol):
    """With pongs=False it answers no ping."""

    def __init__(self, *arguments, pongs=True, **options):
        self.pongs = pongs
        super().__init__(*arguments, **options)

    def send_frame(self, frame):
        # Version 10.4 fails on a ping received after its own close frame.
        if frame.opcode is Opcode.PONG and (self.close_sent or not self.pongs):
            return
        super().send_frame(frame)


class Compression(Extension):
    """Records which messages are compressed. Changes nothing."""

    name = "recorder"

    def __init__(self):
        self.seen = []  # a bool for each message, until it is complete

    def decode(self, frame, *, max_size=None):
        if frame.opcode in DATA:
            self.seen.append(frame.rsv1)
        return frame

    def encode(self, frame):
        return frame


class Message:
    """A text: a message, a gap, a cursor or a reply."""

    def __init__(self, text, packed):
        self.text, self.packed = text, packed
        self.at = time.monotonic()

    @functools.cached_property
    def item(self):
        return json.loads(self.text)

    def __repr__(self):
        return shorten(self.text, 100)


class WebSocket(Stream):
    """From the handshake to the end. `headers` adds to the request, or removes
    those whose value is None. `protocols` are offered. With deflate=True
    messages may be compressed, in both directions. With pongs=False no ping is
    answered.

    `ended` is None while it lasts, "closed" when the server sent a close frame
    (close_code, close_reason), "cut" when it sent none, "clean" when there was
    a response other than 101."""

    good = 101
    first_state = State.CONNECTING

    def __init__(
        self,
        port,
        target,
        headers=None,
        receive=0,
        deflate=False,
        pongs=True,
        protocols=None,
    ):
        self.changes = headers or {}
        self.protocol = Protocol(
            parse_uri(f"ws://localhost{target}"),
            extensions=[ClientPerMessageDeflateFactory()] if deflate else None,
            subprotocols=protocols,
            state=self.first_state,
            max_size=None,
            pongs=pongs,
        )
        self.compression = Compression()
        self.texts, self.parts = [], []
        self.pings, self.pong_payloads = 0, []
        super().__init__(port, target, headers, receive)

    # --- handshake ---------------------------------------------------------

    def head_fields(self):
        return {}

    def request(self):
        """That of python3-websockets, with the changes of the test."""
        request = self.protocol.connect()
        for name, value in self.changes.items():
            request.headers.pop(name, None)
            if value is not None:
                request.headers[name] = value
        return request

    def greeting(self, target, fields):
        self.protocol.send_request(self.request())
        return b"".join(self.protocol.data_to_send())

    def head(self, lines):
        super().head(lines)
        if self.status == 101:
            self.chunks, self.length = None, None
            self.receive("\r\n".join([*lines, "", ""]).encode("latin-1"))
            self.accepted()

    def accepted(self):
        self.protocol.extensions.append(self.compression)

    # --- receiving ---------------------------------------------------------

    def take(self, data):
        if self.status != 101:
            self.body += data
        else:
            self.receive(data)

    def receive(self, data):
        self.protocol.receive_data(data)
        fault = self.protocol.handshake_exc or self.protocol.parser_exc
        if fault:
            raise Failed(f"the server breaks a rule: {fault!r}")
        for event in self.protocol.events_received():
            if isinstance(event, Frame):
                self.frame(event)
        self.flush()

    def frame(self, frame):
        if frame.opcode is Opcode.PING:
            self.pings += 1
        elif frame.opcode is Opcode.PONG:
            self.pong_payloads.append(bytes(frame.data))
        elif frame.opcode is Opcode.BINARY:
            raise Failed("a binary message")
        elif frame.opcode is not Opcode.CLOSE:
            self.parts.append(frame.data)
            if frame.fin:
                text = b"".join(self.parts).decode("utf-8")
                self.parts.clear()
                self.texts.append(Message(text, self.compression.seen.pop(0)))

    def read(self, seconds):
        """As Stream.read(); an end after a close frame is "closed"."""
        something = super().read(seconds)
        if self.ended == "cut" and self.close_code is not None:
            self.ended = "closed"
        return something

    # --- sending -----------------------------------------------------------

    def send(self, data):
        """Sends bytes; ignores a closed connection."""
        self.socket.settimeout(WAIT)
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def flush(self):
        for data in self.protocol.data_to_send():
            self.send(data)

    def send_text(self, text, fragments=1):
        data = text.encode()
        size = max(1, -(-len(data) // fragments))
        parts = [
            data[at : at + size] for at in range(0, max(1, len(data)), size)
        ]
        self.protocol.send_text(parts[0], fin=len(parts) == 1)
        for n, part in enumerate(parts[1:], 2):
            self.protocol.send_continuation(part, fin=n == len(parts))
        self.flush()

    def send_command(self, ref=None, **command):
        """Sends a command."""
        if ref is not None:
            command["ref"] = ref
        self.send_text(json.dumps(command))

    def command(self, ref, **command):
        """Sends a command, and returns its reply."""
        self.send_command(ref, **command)
        return self.wait_reply(ref)

    def ping(self, payload=b""):
        self.protocol.send_ping(payload)
        self.flush()

    def leave(self, code=1000, reason=""):
        self.protocol.send_close(code, reason)
        self.flush()

    # --- received ----------------------------------------------------------

    @property
    def close_code(self):
        """Of the server's close frame; None before it."""
        close = self.protocol.close_rcvd
        return close and close.code

    @property
    def close_reason(self):
        close = self.protocol.close_rcvd
        return close.reason if close else ""

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
        return [t.item for t in self.texts]

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
