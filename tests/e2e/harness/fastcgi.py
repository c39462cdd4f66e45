# SPDX-License-Identifier: MIT
"""A FastCGI client that can send records as no web server does.

Source: FastCGI specification 1.0
"""

import random
import socket
import struct
import time

from harness.check import WAIT, Failed
from harness.web import Response

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR = 1, 2, 3, 4, 5, 6, 7
GET_VALUES, GET_VALUES_RESULT, UNKNOWN_TYPE = 9, 10, 11
RESPONDER, KEEP_CONN = 1, 1
COMPLETE, CANT_MPX_CONN, OVERLOADED, UNKNOWN_ROLE = 0, 1, 2, 3


class Record:
    def __init__(self, kind, number, content):
        self.kind, self.number, self.content = kind, number, content

    def __repr__(self):
        return f"<{self.kind} id={self.number} {self.content[:60]!r}>"


def record(kind, number, content=b"", padding=0, version=1):
    return (
        struct.pack(">BBHHBx", version, kind, number, len(content), padding)
        + content
        + b"\0" * padding
    )


def begin(number, role=RESPONDER, flags=0, padding=0):
    return record(BEGIN, number, struct.pack(">HB5x", role, flags), padding)


def length(n):
    return struct.pack(">B", n) if n < 128 else struct.pack(">I", n | 1 << 31)


def pairs(values):
    out = b""
    for name, value in values.items():
        name, value = name.encode(), value.encode("utf-8", "surrogateescape")
        out += length(len(name)) + length(len(value)) + name + value
    return out


def stream(kind, number, data, size=65535, padding=0):
    """A stream of records of at most `size` bytes, with its end."""
    out = b"".join(
        record(kind, number, data[at : at + size], padding)
        for at in range(0, len(data), size)
    )
    return out + record(kind, number)


def environment(query, method="GET", program="sse", body=b"", **more):
    """The CGI variables of a request; `more` adds or replaces some."""
    values = {
        "GATEWAY_INTERFACE": "CGI/1.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_SOFTWARE": "test",
        "SERVER_NAME": "localhost",
        "SERVER_ADDR": "127.0.0.1",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_PORT": "50000",
        "HTTP_HOST": "localhost",
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": f"/push/{program}",
        "QUERY_STRING": query,
        "REQUEST_URI": f"/push/{program}?{query}",
        "CONTENT_LENGTH": str(len(body)),
    }
    if body:
        values["CONTENT_TYPE"] = "application/x-www-form-urlencoded"
    values.update(more)
    return values


def request(values, number=1, flags=0, body=b"", size=65535, padding=0):
    """A whole request."""
    return (
        begin(number, flags=flags, padding=padding)
        + stream(PARAMS, number, pairs(values), size, padding)
        + stream(STDIN, number, body, size, padding)
    )


def split(data, rng=random):
    """The same bytes in pieces of random length."""
    at, out = 0, []
    while at < len(data):
        n = rng.choice((1, 2, 7, 8, 9, 50, 500, 5000))
        out.append(data[at : at + n])
        at += n
    return out


class Connection:
    def __init__(self, address):
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family)
        self.socket.settimeout(WAIT)
        self.socket.connect(address)
        if family == socket.AF_INET:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer, self.out, self.closed = b"", {}, False

    def send(self, data):
        self.socket.sendall(data)

    def send_pieces(self, pieces, pause=0.0):
        for piece in pieces:
            self.socket.sendall(piece)
            if pause:
                time.sleep(pause)

    def record(self, seconds=WAIT):
        """The next record; None at the end of the connection."""
        end = time.monotonic() + seconds
        while True:
            if len(self.buffer) >= 8:
                kind, number, size, padding = struct.unpack(
                    ">xBHHBx", self.buffer[:8]
                )
                whole = 8 + size + padding
                if len(self.buffer) >= whole:
                    content = self.buffer[8 : 8 + size]
                    self.buffer = self.buffer[whole:]
                    return Record(kind, number, content)
            self.socket.settimeout(max(end - time.monotonic(), 0.001))
            try:
                data = self.socket.recv(262144)
            except TimeoutError:
                raise Failed(
                    f"no record in {seconds:.0f} s, "
                    f"{self.buffer[:60]!r} is there"
                ) from None
            except ConnectionResetError:
                data = b""
            if not data:
                self.closed = True
                return None
            self.buffer += data

    def response(self, number=1, seconds=WAIT):
        """The response to a request, up to its END_REQUEST."""
        out = b""
        while True:
            r = self.record(seconds)
            if r is None:
                raise Failed(f"closed before END_REQUEST: {out[:300]!r}")
            if r.number != number:
                raise Failed(f"a record of request {r.number}: {r!r}")
            if r.kind == STDOUT:
                out += r.content
            elif r.kind == END:
                return parse(out, r.content[4])

    def read_until(self, part, seconds=WAIT):
        """Reads STDOUT until `part` is in it."""
        end, out = time.monotonic() + seconds, b""
        while part not in out:
            r = self.record(max(end - time.monotonic(), 0.01))
            if r is None:
                raise Failed(f"closed before {part!r}: {out[-300:]!r}")
            if r.kind == STDOUT:
                out += r.content
        return out

    def wait_closed(self, seconds=WAIT):
        """True when the other side closes; its records are dropped."""
        try:
            while self.record(seconds) is not None:
                pass
        except Failed:
            return False
        return True

    def close(self):
        self.socket.close()


def parse(out, protocol_status=COMPLETE):
    """CGI output to a response."""
    if not out:
        raise Failed("a response without a byte")
    head, _, body = out.partition(b"\r\n\r\n")
    headers, status = {}, 200
    for line in head.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(":")
        headers[name.title()] = value.strip()
    if "Status" in headers:
        status = int(headers["Status"].split()[0])
    response = Response(status, headers, body)
    response.protocol_status = protocol_status
    return response


def fetch(address, values, body=b"", seconds=WAIT):
    """One request on one connection."""
    connection = Connection(address)
    try:
        connection.send(request(values, body=body))
        return connection.response(seconds=seconds)
    finally:
        connection.close()
