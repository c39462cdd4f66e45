# SPDX-License-Identifier: MIT
"""How much memory an attack may take: sums of what the settings allow. Each
part is called with what the attack has many of, and says what it is."""

MB = 1 << 20
KB = 1 << 10
# Defaults of the settings, push.conf(5).
MESSAGE_MAX = 65536  # message.max_bytes
MAX_HEAD = 65536  # request.max_head
MAX_BACKLOG = 1 << 20  # hold.max_backlog
MAX_MEMORY = 256 << 20  # hold.max_memory
LENGTH = 1000  # history.length
PAGE = 256 << 10  # one read of history
SLOTS = 8  # reads at a time
# Redis trims whole nodes of its stream, which have 100 entries or 4 KB.
NODE = 100
ESCAPED = 6  # bytes of JSON for a byte, at most


class Bound:
    def __init__(self, size, *parts):
        self.size, self.parts = int(size), parts

    def __add__(self, other):
        return Bound(self.size + other.size, *self.parts, *other.parts)

    def __str__(self):
        return f"{self.size >> 20} MB ({', '.join(self.parts)})"


def part(size, text):
    return Bound(size, f"{text} {size / MB:.1f} MB")


# --- of a responder --------------------------------------------------------

# 1,000 channels that are kept for a while, tokens, formats, holes of malloc.
SLACK = part(8 * MB, "caches and malloc")


def held(count):
    """What a connection takes without bytes that wait: at most 4.2 KB were
    seen, and 6 of a WebSocket with its buffers."""
    return part(count * 12 * KB, f"{count} connections")


def heads(count, size=MAX_HEAD):
    """Unfinished heads: a buffer doubles, and libfcgi copies it."""
    return part(count * size * 3, f"{count} heads")


def bodies(count, message=MESSAGE_MAX):
    """Unfinished bodies or WebSocket messages; a buffer doubles."""
    size = ESCAPED * message + 16 * KB
    return part(count * size * 2, f"{count} bodies")


def unfinished(count, size):
    """Bodies of `size` bytes that do not end."""
    return part(count * size * 2, f"{count} unfinished")


def pages(escaped=1):
    """What is read of history at a time: the replies of Redis, the messages of
    them, and their bytes on the way to a client."""
    return part(SLOTS * PAGE * (2 + escaped), f"{SLOTS} pages")


def waiting(count, size):
    """Bytes that wait for clients; hold.max_memory is the most."""
    return part(min(count * size, MAX_MEMORY), f"{count} queues")


# --- of Redis --------------------------------------------------------------

REDIS_SLACK = part(6 * MB, "the others, buffers")
# The innocents' messages, and the buffers of 20 connections.


def kept(count, size, length=LENGTH):
    """Channels full of messages of that size. jemalloc rounds up by a quarter
    at most."""
    return part(
        count * (length + NODE) * (size + 200) * 5 / 4,
        f"{count} full channels",
    )


def names(count):
    """Names that are subscribed."""
    return part(count * 1 * KB, f"{count} names")


def channels(count):
    """Channels with a short message each: the first node of a stream has 4
    KB."""
    return part(count * 6 * KB, f"{count} channels")


def replies(message):
    """The replies to the reads of history. The first of a channel may be too
    long: it counts from the longest message seen."""
    return part(
        SLOTS * (PAGE + ESCAPED * message) * 2, f"{SLOTS} replies of pages"
    )


def commands(count, size):
    """Commands that are being read: a buffer doubles, the script has a copy,
    and so has what it publishes."""
    return part(count * size * 6, f"{count} commands")
