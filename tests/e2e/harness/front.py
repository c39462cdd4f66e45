# SPDX-License-Identifier: MIT
"""What lighttpd from 1.4.74 on does with "upgrade" => "enable" in a
fastcgi.server, byte for byte: a request that asks for an upgrade goes to the
program as BEGIN_REQUEST, PARAMS and their end, without an end of STDIN; its
101 is the client's; from then on each side's bytes stay in records, STDIN
there and STDOUT back. The end of the client's side is passed on.

Observed on 1.4.79. Debian 12 has 1.4.69, which cannot do it.
"""

import os
import selectors
import socket
import struct
import threading

from harness import fastcgi
from harness.check import Failed
from harness.site import Site

PIECE = 65535  # bytes of a record
REASONS = {101: "Switching Protocols", 200: "OK", 201: "Created"}


def environment(head):
    """CGI variables of an HTTP head; and of its body, the length."""
    lines = head.decode("latin-1").split("\r\n")
    method, target, version = lines[0].split(" ")
    path, _, query = target.partition("?")
    values = fastcgi.environment(
        query,
        method,
        path.rpartition("/")[2],
        SERVER_PROTOCOL=version,
        REQUEST_URI=target,
        SCRIPT_NAME=path,
    )
    for line in lines[1:]:
        name, _, value = line.partition(":")
        values["HTTP_" + name.upper().replace("-", "_")] = value.strip()
    size = values.pop("HTTP_CONTENT_LENGTH", "0")
    values["CONTENT_LENGTH"] = size
    if "HTTP_CONTENT_TYPE" in values:
        values["CONTENT_TYPE"] = values.pop("HTTP_CONTENT_TYPE")
    return path.rpartition("/")[2], values, int(size)


class Request:
    """One client's connection, and the program's."""

    def __init__(self, client, folder):
        self.client, self.folder, self.program = client, folder, None
        self.buffer, self.records, self.head = b"", b"", b""
        self.upgrades, self.head_sent, self.left = False, False, 0

    def from_client(self, data):
        """Returns the program's socket when it has just been opened."""
        if self.program:
            self.pass_on(data)
            return None
        self.buffer += data
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return None
        name, values, self.left = environment(head)
        self.upgrades = "HTTP_UPGRADE" in values
        self.program = socket.socket(socket.AF_UNIX)
        self.program.connect(os.path.join(self.folder, f"{name}.sock"))
        self.program.sendall(
            fastcgi.begin(1)
            + fastcgi.stream(fastcgi.PARAMS, 1, fastcgi.pairs(values))
        )
        self.pass_on(rest)
        return self.program

    def pass_on(self, data):
        if self.upgrades:
            if data:
                self.program.sendall(fastcgi.record(fastcgi.STDIN, 1, data))
        elif self.left >= 0:
            self.left -= len(data)
            if data:
                self.program.sendall(fastcgi.record(fastcgi.STDIN, 1, data))
            if self.left <= 0:
                self.program.sendall(fastcgi.record(fastcgi.STDIN, 1))
                self.left = -1

    def from_program(self, data):
        """False at the end of the request."""
        self.records += data
        while len(self.records) >= 8:
            kind, _, size, padding = struct.unpack(">xBHHBx", self.records[:8])
            if len(self.records) < 8 + size + padding:
                break
            content = self.records[8 : 8 + size]
            self.records = self.records[8 + size + padding :]
            if kind == fastcgi.END:
                return False
            if kind == fastcgi.STDOUT:
                self.to_client(content)
        return True

    def to_client(self, data):
        if self.head_sent:
            self.client.sendall(data)
            return
        self.head += data
        head, found, rest = self.head.partition(b"\r\n\r\n")
        if found:
            self.head_sent = True
            self.client.sendall(self.http(head) + rest)

    def http(self, head):
        status, fields = 200, []
        for line in head.decode("latin-1").split("\r\n"):
            name, _, value = line.partition(":")
            if name.lower() == "status":
                status = int(value.split()[0])
            else:
                fields.append(line)
        if status != 101:
            self.upgrades = False
            fields.append("Connection: close")
        return "\r\n".join(
            [
                f"HTTP/1.1 {status} {REASONS.get(status, 'Other')}",
                *fields,
                "",
                "",
            ]
        ).encode("latin-1")


class FastcgiFront(Site):
    """In front of websocket.fcgi and publish.fcgi."""

    def __init__(self, folder, settings, websocket=True):
        super().__init__(folder, settings)
        if not websocket:
            raise Failed("it is there for WebSocket")
        for name in ("websocket", "publish"):
            self.start_program(name)
        self.listener = socket.create_server(
            ("127.0.0.1", self.port), backlog=1024
        )
        self.selector, self.over = selectors.DefaultSelector(), False
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.thread = threading.Thread(target=self.loop, daemon=True)
        self.thread.start()

    def loop(self):
        while not self.over:
            for key, _ in self.selector.select(timeout=0.05):
                if key.data is None:
                    client, _ = self.listener.accept()
                    self.watch(client, Request(client, self.folder))
                elif key.fileobj.fileno() >= 0:
                    self.move(key.fileobj, key.data)

    def watch(self, end, request):
        self.selector.register(end, selectors.EVENT_READ, request)

    def move(self, end, request):
        try:
            data = end.recv(PIECE)
            if end is request.client:
                going_on = bool(data)
                new = request.from_client(data) if data else None
                if new:
                    self.watch(new, request)
            else:
                going_on = bool(data) and request.from_program(data)
        except OSError:
            going_on = False
        if not going_on:
            self.drop(request)

    def drop(self, request):
        for end in (request.client, request.program):
            if end and end.fileno() >= 0:
                try:
                    self.selector.unregister(end)
                except KeyError:
                    pass  # the program was not there
                end.close()

    def intact(self):
        return self.thread.is_alive() and all(
            started.alive() for started in self.programs.values()
        )

    def close(self, number=None):
        self.over = True
        self.thread.join(5)
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()
        for client in self.clients:
            client.close()
        for started in self.programs.values():
            started.stop()
