# SPDX-License-Identifier: MIT
"""A Redis client: one command, one reply."""

import socket

from harness.check import WAIT


class RedisError(Exception):
    pass


class Resp:
    def __init__(self, address, *login):
        """`address`: the path of a Unix socket, or a host and a port."""
        is_path = isinstance(address, str)
        self.socket = socket.socket(
            socket.AF_UNIX if is_path else socket.AF_INET
        )
        self.socket.settimeout(WAIT)
        self.socket.connect(address)
        self.file = self.socket.makefile("rb")
        if login:
            self("AUTH", *login)

    def __call__(self, *words):
        self.send(*words)
        return self.reply()

    def send(self, *words):
        out = [b"*%d\r\n" % len(words)]
        for word in words:
            if not isinstance(word, bytes):
                word = str(word).encode()
            out.append(b"$%d\r\n%s\r\n" % (len(word), word))
        self.socket.sendall(b"".join(out))

    def reply(self):
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise RedisError("connection closed")
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise RedisError(rest.decode())
        if kind == b"+":
            return rest.decode()
        if kind == b":":
            return int(rest)
        size = int(rest)
        if size < 0:
            return None
        if kind == b"$":
            return self.file.read(size + 2)[:-2].decode(errors="replace")
        return [self.reply() for _ in range(size)]

    def close(self):
        self.file.close()
        self.socket.close()
