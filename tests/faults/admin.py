# SPDX-License-Identifier: MIT
"""The driver's own way to Redis: beside the proxy, as a user of its own, so no
fault but the death of Redis concerns it."""

import asyncio

LOGIN = ("AUTH", "driver", "driver")
# Options of redis-server that make this user.
USER = ["--user", "driver", "on", ">driver", "~*", "&*", "+@all"]
LIMIT = 1 << 24  # bytes of a line or bulk


class ReplyError(Exception):
    """What Redis answered."""


async def read_reply(reader):
    line = await reader.readuntil(b"\r\n")
    kind, rest = line[:1], line[1:-2]
    if kind == b"-":
        return ReplyError(rest.decode(errors="replace"))
    if kind == b"+":
        return rest.decode()
    if kind == b":":
        return int(rest)
    size = int(rest)
    if size < 0:
        return None
    if kind == b"$":
        return (await reader.readexactly(size + 2))[:-2].decode(
            errors="replace"
        )
    return [await read_reply(reader) for _ in range(size)]


def encode(words):
    out = [b"*%d\r\n" % len(words)]
    for word in words:
        octets = word if isinstance(word, bytes) else str(word).encode()
        out.append(b"$%d\r\n%s\r\n" % (len(octets), octets))
    return b"".join(out)


class Connection:
    """Stays open, for the time when Redis accepts no other."""

    def __init__(self):
        self.reader = self.writer = None

    async def open(self, path):
        self.reader, self.writer = await asyncio.open_unix_connection(
            path, limit=LIMIT
        )
        return self

    async def ask_all(self, commands):
        try:
            self.writer.write(b"".join(map(encode, commands)))
            replies = [await read_reply(self.reader) for _ in commands]
        except asyncio.IncompleteReadError:
            raise ConnectionError("Redis closed the connection") from None
        for reply in replies:
            if isinstance(reply, ReplyError):
                raise reply
        return replies

    def close(self):
        if self.writer:
            self.writer.close()


async def exchange(path, commands):
    connection = Connection()
    try:
        await connection.open(path)
        return (await connection.ask_all([LOGIN, *commands]))[1:]
    finally:
        connection.close()


async def ask_all(path, commands, seconds=5.0):
    """The replies to `commands`, on a connection of their own. Raises OSError
    when Redis is away, ReplyError for the first error."""
    return await asyncio.wait_for(exchange(path, commands), seconds)


async def ask(path, *words, seconds=5.0):
    return (await ask_all(path, [words], seconds))[0]
