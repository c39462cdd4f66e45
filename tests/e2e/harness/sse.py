# SPDX-License-Identifier: MIT
"""A client of Server-Sent Events on a socket. It records how the response
ended and when each event arrived.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import json
import socket
import time

from harness.check import WAIT, Failed, shorten


class Event:
    def __init__(self, type_, data, id_):
        self.type, self.data, self.id = type_, data, id_
        self.at = time.monotonic()

    def __repr__(self):
        return f"<{self.type} {self.data[:80]!r} id={self.id}>"


class Lines:
    """Parses an event stream to events, comments and the last id."""

    def __init__(self):
        self.rest = b""
        self.fields = {}
        self.events, self.comments = [], 0
        self.last_id, self.retry, self.raw = "", None, b""

    def feed(self, data):
        self.raw = (self.raw + data)[-4000:]
        lines = (self.rest + data).replace(b"\r\n", b"\n").split(b"\n")
        self.rest = lines.pop()
        for line in lines:
            self.line(line.decode("utf-8"))

    def line(self, line):
        if line.startswith(":"):
            self.comments += 1
            return
        if line == "":
            self.dispatch()
            return
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self.fields.setdefault("data", []).append(value)
        elif name == "retry":
            self.retry = int(value)
        else:
            self.fields[name] = value

    def dispatch(self):
        fields, self.fields = self.fields, {}
        self.last_id = fields.get("id", self.last_id)
        if "data" in fields:
            self.events.append(
                Event(
                    fields.get("event", "message"),
                    "\n".join(fields["data"]),
                    self.last_id,
                )
            )


class Chunks:
    """A chunked body, piece by piece. `count` of them have begun."""

    def __init__(self):
        self.buffer, self.left, self.done = b"", 0, False
        self.count = 0

    def feed(self, data):
        self.buffer += data
        out = []
        while not self.done:
            if self.left > 2:
                part = self.buffer[: self.left - 2]
                out.append(part)
                self.buffer = self.buffer[len(part) :]
                self.left -= len(part)
                if self.left > 2:
                    break
            if self.left:
                if len(self.buffer) < self.left:
                    break
                self.buffer, self.left = self.buffer[self.left :], 0
            size, found, rest = self.buffer.partition(b"\r\n")
            if not found:
                break
            self.buffer, length = rest, int(size.split(b";")[0], 16)
            self.done = length == 0
            self.count += length > 0
            self.left = length + 2
        return b"".join(out)


class Stream:
    """One request for a stream, from the head to its end.

    `ended` is None while it lasts, then "clean" or "cut"."""

    good = 200

    def __init__(self, port, target, headers=None, receive=0):
        path = isinstance(port, str)  # of a unix socket
        self.socket = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
        if receive:
            self.socket.setsockopt(
                socket.SOL_SOCKET, socket.SO_RCVBUF, receive
            )
        self.socket.settimeout(30)
        self.socket.connect(port if path else ("127.0.0.1", port))
        self.socket = self.connected(self.socket)
        fields = {"Host": "localhost", **self.head_fields(), **(headers or {})}
        self.socket.sendall(
            self.greeting(
                target, {k: v for k, v in fields.items() if v is not None}
            )
        )
        self.buffer, self.status, self.headers = b"", None, {}
        self.chunks, self.length, self.ended = None, None, None
        self.lines, self.body, self.delimited = Lines(), b"", True

    def connected(self, to):
        """A socket over this one, or itself."""
        return to

    def greeting(self, target, fields):
        head = [f"GET {target} HTTP/1.1"]
        head += [f"{k}: {v}" for k, v in fields.items()]
        return ("\r\n".join(head) + "\r\n\r\n").encode()

    def head_fields(self):
        return {"Accept": "text/event-stream"}

    def fileno(self):
        return self.socket.fileno()

    def feed(self, data):
        if self.status is None:
            self.buffer += data
            head, found, data = self.buffer.partition(b"\r\n\r\n")
            if not found:
                return
            self.head(head.decode("latin-1").split("\r\n"))
        if self.chunks:
            data = self.chunks.feed(data)
            if self.chunks.done:
                self.ended = "clean"
        elif self.length is not None:
            self.length -= len(data)
            if self.length <= 0:
                self.ended = "clean"
        self.take(data)

    def take(self, data):
        """Takes bytes of the body, already dechunked."""
        if self.headers.get("content-type", "").startswith("text/event-"):
            self.lines.feed(data)
        else:
            self.body += data

    def head(self, lines):
        self.status = int(lines[0].split()[1])
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.headers[name.lower()] = value.strip()
        if self.headers.get("transfer-encoding") == "chunked":
            self.chunks = Chunks()
        elif "content-length" in self.headers:
            self.length = int(self.headers["content-length"])
        # Else the end of the connection is that of the response.
        self.delimited = (
            self.chunks is not None
            or self.length is not None
            or self.status == 101
        )

    def read(self, seconds):
        """Takes what comes within `seconds`; False when nothing did."""
        self.socket.settimeout(max(seconds, 0.001))
        try:
            data = self.socket.recv(65536)
        except (TimeoutError, BlockingIOError):
            return False
        except ConnectionResetError:
            data = b""
            self.delimited = True  # and not ended
        if data:
            self.feed(data)
        elif self.ended is None:
            self.ended = "cut" if self.delimited else "clean"
        return True

    def until(self, condition, what, seconds=WAIT):
        """Reads until `condition()`; returns what that returned."""
        end = time.monotonic() + seconds
        while True:
            seen = condition()
            if seen:
                return seen
            left = end - time.monotonic()
            if self.ended or left <= 0:
                raise Failed(f"no {what}: {self.story()}")
            self.read(left)

    def story(self):
        return (
            f"status {self.status}, {self.ended or 'open'}, "
            f"{len(self.events)} events, {self.comments} comments, "
            f"last {self.events[-3:]}, raw "
            f"{shorten(self.lines.raw[-300:] or self.body[-300:])}"
        )

    def opened(self):
        """Waits for the head, which must be that of a stream."""
        self.until(lambda: self.status is not None, "head")
        if self.status != self.good:
            raise Failed(f"not a stream: {self.story()}")
        return self

    def ready(self):
        """It has a cursor: messages published from now on will come."""
        self.opened()
        self.until(lambda: self.cursor, "cursor")
        return self

    def wait_messages(self, count, seconds=WAIT):
        """The data of the first `count` messages, or more if there are."""
        self.until(
            lambda: len(self.messages) >= count,
            f"message number {count}",
            seconds,
        )
        return self.data

    def wait_gap(self, seconds=WAIT):
        self.until(lambda: self.gaps, "gap", seconds)
        return self.gaps[0]

    def wait_heartbeat(self, seconds=WAIT):
        before = self.comments
        self.until(lambda: self.comments > before, "heartbeat", seconds)

    def wait_end(self, seconds=WAIT):
        end = time.monotonic() + seconds
        while self.ended is None and time.monotonic() < end:
            self.read(end - time.monotonic())
        return self.ended

    def quiet(self, seconds):
        """Reads for `seconds` whatever comes."""
        end = time.monotonic() + seconds
        while self.ended is None and time.monotonic() < end:
            self.read(end - time.monotonic())

    @property
    def events(self):
        return self.lines.events

    @property
    def comments(self):
        return self.lines.comments

    @property
    def messages(self):
        return [e for e in self.events if e.type not in ("gap", "cursor")]

    @property
    def data(self):
        return [e.data for e in self.messages]

    @property
    def gaps(self):
        return [
            json.loads(e.data)["gap"] for e in self.events if e.type == "gap"
        ]

    @property
    def cursor(self):
        return self.lines.last_id

    def close(self):
        self.socket.close()
