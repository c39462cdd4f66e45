# SPDX-License-Identifier: MIT
"""The rules of RFC 6455 and RFC 7692, case by case, in the sections that the
Autobahn test suite divides them in."""
import json
import random
import zlib

from harness.check import note
from harness.ws_case import NO_CODE, Bench, Case, of_length, say
from harness.ws_proxy import LighttpdProxy
from harness.ws_raw import (
    BINARY,
    CONTINUATION,
    DEFLATE,
    PING,
    PONG,
    TAIL,
    chopped,
    close,
    deflated,
    fragments,
    frame,
    text,
)

MOST = 1048576  # bytes of data in a message
TEXT_MOST = 6 * MOST + 16 * 1024  # bytes: publication_text_max()
SETTINGS = {"access.publish": "any",
            "websocket.max_rate": 100000, "message.max_bytes": MOST,
            "hold.max_backlog": 64 * MOST, "history.length": 10,
            "websocket.deflate_min": 1, "hold.beat": 600, "log.level": "info"}


def run(stage, shared, section, cases):
    server = shared.responder("websocket", SETTINGS)
    bench = stage.add(Bench(server.address, server.log))
    bench.run(cases)
    note(f"websocket conformance, section {section}: {bench.count} cases")


def octets(*frames):
    """One by one."""
    return chopped(b"".join(frames), 1)


def said(data):
    return text(say(data))


# --- 1: framing ------------------------------------------------------------

def framing():
    yield Case("1.1 a text of 0 bytes", [text(b"")], refused=1)
    for length in (125, 126, 127, 128, 65535, 65536):
        data = of_length(length)
        yield Case(f"1.1 a text of {length} bytes", [said(data)], [data])
        yield Case(f"1.1 a text of {length} bytes that is not JSON",
                   [text("*" * length)], refused=1)
    for size in (997, 1, 4096):
        data = of_length(65536 if size > 1 else 4000)
        yield Case(f"1.1 a text in pieces of {size}",
                   chopped(said(data), size), [data])
    for length in (0, 125, 126, 127, 128, 65535, 65536):
        yield Case(f"1.2 {length} bytes, binary",
                   [frame(BINARY, b"\xfe" * length)], code=1003,
                   reason="binary")
    yield Case("1.2 binary in pieces of 997",
               chopped(frame(BINARY, b"\xfe" * 65536), 997), code=1003)


def test_websocket_framing_conforms(stage, shared):
    run(stage, shared, 1, framing())


# --- 2: pings and pongs ----------------------------------------------------

def pings():
    full = bytes(range(125))
    yield Case("2.1 an empty ping", [frame(PING)], pongs=[b""])
    yield Case("2.2 a ping of text", [frame(PING, b"Hello, world!")],
               pongs=[b"Hello, world!"])
    yield Case("2.3 a ping that is not UTF-8",
               [frame(PING, b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff")],
               pongs=[b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff"])
    yield Case("2.4 a ping of 125 bytes", [frame(PING, full)], pongs=[full])
    yield Case("2.5 a ping of 126 bytes", [frame(PING, b"\xfe" * 126)],
               code=1002)
    yield Case("2.6 a ping of 125 bytes, octet by octet",
               octets(frame(PING, full)), pongs=[full])
    yield Case("2.7 an unsolicited pong", [frame(PONG)])
    yield Case("2.8 an unsolicited pong with a payload",
               [frame(PONG, b"unasked")])
    yield Case("2.9 an unsolicited pong, then a ping",
               [frame(PONG, b"unasked"), frame(PING, b"asked")],
               pongs=[b"asked"])
    ten = [b"ping %d" % n for n in range(10)]
    yield Case("2.10 ten pings", [frame(PING, p) for p in ten], pongs=ten)
    yield Case("2.10 ten pings in one piece",
               [b"".join(frame(PING, p) for p in ten)], pongs=ten)
    yield Case("2.11 ten pings, octet by octet",
               octets(*(frame(PING, p) for p in ten)), pongs=ten)
    yield Case("2.x a pong of 126 bytes", [frame(PONG, b"x" * 126)],
               code=1002)
    yield Case("2.x a ping masked with zeros",
               [frame(PING, b"zeros", mask=b"\0\0\0\0")], pongs=[b"zeros"])


def test_websocket_pings_and_pongs_conform(stage, shared):
    run(stage, shared, 2, pings())


# --- 3: reserved bits ------------------------------------------------------

def reserved_bits():
    hello, again = said("hello"), frame(PING, b"after it")
    for rsv in range(1, 8):
        bad = text(say("bad"), rsv=rsv)
        yield Case(f"3 a text with bits {rsv}", [bad], code=1002,
                   reason="reserved")
        yield Case(f"3 a text, one with bits {rsv}, a ping",
                   [hello, bad, again], ["hello"], code=1002)
        yield Case(f"3 the same in one piece, bits {rsv}",
                   [hello + bad + again], ["hello"], code=1002)
        yield Case(f"3 the same octet by octet, bits {rsv}",
                   octets(hello, bad, again), ["hello"], code=1002)
        yield Case(f"3 an empty text with bits {rsv}",
                   [text(b"", rsv=rsv)], code=1002)
        yield Case(f"3 binary with bits {rsv}",
                   [frame(BINARY, b"x", rsv=rsv)], code=1002)
        yield Case(f"3 a ping with bits {rsv}",
                   [frame(PING, b"x", rsv=rsv)], code=1002)
        yield Case(f"3 a close with bits {rsv}",
                   [frame(8, b"\x03\xe8", rsv=rsv)], code=1002)
        yield Case(f"3 a continuation with bits {rsv}",
                   [text(b"{", fin=False),
                    frame(CONTINUATION, b"}", rsv=rsv)], code=1002)


def test_websocket_reserved_bits_conform(stage, shared):
    run(stage, shared, 3, reserved_bits())


# --- 4: opcodes ------------------------------------------------------------

def opcodes():
    hello, again = said("hello"), frame(PING, b"after it")
    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        yield Case(f"4 opcode {opcode}, empty", [frame(opcode)], code=1002,
                   reason="unknown")
        yield Case(f"4 opcode {opcode} with a payload",
                   [frame(opcode, b"reserved")], code=1002)
        yield Case(f"4 a text, opcode {opcode} empty, a ping",
                   [hello, frame(opcode), again], ["hello"], code=1002)
        yield Case(f"4 a text, opcode {opcode} with a payload, a ping",
                   [hello + frame(opcode, b"reserved") + again], ["hello"],
                   code=1002)
        yield Case(f"4 the same octet by octet, opcode {opcode}",
                   octets(hello, frame(opcode, b"reserved"), again),
                   ["hello"], code=1002)
        yield Case(f"4 opcode {opcode} between fragments",
                   [text(b"{", fin=False), frame(opcode, b"x")], code=1002)


def test_websocket_opcodes_conform(stage, shared):
    run(stage, shared, 4, opcodes())


# --- 5: fragments ----------------------------------------------------------

def ways(frames):
    """The same frames: each by itself, in one piece, octet by octet."""
    yield "each by itself", frames
    yield "in one piece", [b"".join(frames)]
    yield "octet by octet", octets(*frames)


def fragmentation():
    whole = say("one and two")
    first, second = whole[:20], whole[20:]
    begin, end = text(first, fin=False), frame(CONTINUATION, second)
    middle = frame(CONTINUATION, fin=False)
    rows = (
        ("a ping in two fragments",
         [frame(PING, b"a", fin=False), frame(CONTINUATION, b"b")],
         {"code": 1002}),
        ("a pong in two fragments",
         [frame(PONG, b"a", fin=False), frame(CONTINUATION, b"b")],
         {"code": 1002}),
        ("a close in two fragments",
         [frame(8, b"\x03", fin=False), frame(CONTINUATION, b"\xe8")],
         {"code": 1002}),
        ("a text in two", [begin, end], {"texts": ["one and two"]}),
        ("a text in two, a ping between", [begin, frame(PING, b"p"), end],
         {"texts": ["one and two"], "pongs": [b"p"]}),
        ("a text in two, a pong between", [begin, frame(PONG, b"p"), end],
         {"texts": ["one and two"]}),
        ("a text in five, two pings between",
         [begin, frame(PING, b"1"), middle, middle, frame(PING, b"2"),
          middle, end],
         {"texts": ["one and two"], "pongs": [b"1", b"2"]}),
        ("empty fragments before and after",
         [text(b"", fin=False), frame(CONTINUATION, whole, fin=False),
          frame(CONTINUATION)], {"texts": ["one and two"]}),
        ("a continuation of nothing, last",
         [frame(CONTINUATION, whole), said("after it")], {"code": 1002}),
        ("a continuation of nothing, not last",
         [frame(CONTINUATION, whole, fin=False), said("after it")],
         {"code": 1002}),
        ("an empty continuation of nothing", [frame(CONTINUATION)],
         {"code": 1002}),
        ("a continuation after a whole message",
         [said("hello"), end], {"texts": ["hello"], "code": 1002}),
        ("a continuation after a fragmented one",
         [begin, end, end], {"texts": ["one and two"], "code": 1002}),
        ("a continuation of nothing between whole messages, thrice",
         [frame(CONTINUATION, b"x", fin=False), said("a"),
          frame(CONTINUATION, b"x"), said("b")], {"code": 1002}),
        ("a text inside a text", [begin, said("inside")], {"code": 1002}),
        ("a fragmented text inside a text", [begin, begin, end],
         {"code": 1002}),
        ("binary inside a text", [begin, frame(BINARY, b"x")],
         {"code": 1002}),
        ("binary in two",
         [frame(BINARY, b"a", fin=False), frame(CONTINUATION, b"b")],
         {"code": 1003}),
        ("two texts in two each", [begin, end, begin, end],
         {"texts": ["one and two"] * 2}),
        ("a text of each kind",
         [begin, end, said("whole"), begin, middle, end],
         {"texts": ["one and two", "whole", "one and two"]}),
    )
    for name, frames, want in rows:
        for way, pieces in ways(frames):
            yield Case(f"5 {name}, {way}", pieces, **want)
    yield Case("5 a text in fragments of one byte",
               fragments(whole, 1), ["one and two"])
    yield Case("5 the same with a ping after each",
               [f + frame(PING, b"p") for f in fragments(whole, 1)],
               ["one and two"], pongs=[b"p"] * len(whole))


def test_websocket_fragmentation_conforms(stage, shared):
    run(stage, shared, 5, fragmentation())


# --- 6: UTF-8 --------------------------------------------------------------

GREEK = "\u03ba\u1f79\u03c3\u03bc\u03b5"
MIXED = "Hello-\u00b5@\u00df\u00f6\u00e4\u00fc\u00e0\u00e1-UTF-8!!"


def continued(first, last, count):
    return bytes([first]) + bytes([last]) * count


def valid_utf_8():
    """Group, and a valid text."""
    yield "6.2", MIXED
    yield "6.5", GREEK
    for n in range(1, len(GREEK)):
        yield "6.6", GREEK[:n]
    for point in (0x80, 0x800, 0x10000):
        yield "6.7", chr(point)
    for point in (0x7f, 0x7ff, 0xffff, 0x10ffff):
        yield "6.9", chr(point)
    for point in (0xd7ff, 0xe000, 0xfffd, 0x10ffff):
        yield "6.11", chr(point)
    for plane in range(17):
        yield "6.22", chr(plane << 16 | 0xfffe)
        yield "6.22", chr(plane << 16 | 0xffff)
    for point in range(0xfff9, 0xfffe):
        yield "6.23", chr(point)
    yield "6.23", "\ufeff"


def surrogate(point):
    return chr(point).encode("utf-8", "surrogatepass")


def invalid_utf_8():
    """Group, and bytes that are invalid in every text."""
    greek = GREEK.encode()
    starts = {len(GREEK[:n].encode()) for n in range(len(GREEK) + 1)}
    yield "6.3", greek + b"\xed\xa0\x80" + b"edited"
    yield "6.4", greek + b"\xf4\x90\x80\x80" + b"edited"
    for cut in range(1, len(greek)):
        if cut not in starts:
            yield "6.6", greek[:cut]
    yield "6.8", b"\xf8\x88\x80\x80\x80"
    yield "6.8", b"\xfc\x84\x80\x80\x80\x80"
    yield "6.10", b"\xf7\xbf\xbf\xbf"
    yield "6.10", b"\xfb\xbf\xbf\xbf\xbf"
    yield "6.10", b"\xfd\xbf\xbf\xbf\xbf\xbf"
    yield "6.11", b"\xf4\x90\x80\x80"
    yield "6.12", b"\x80"
    yield "6.12", b"\xbf"
    for count in range(2, 8):
        yield "6.12", (b"\x80\xbf" * 4)[:count]
    yield "6.12", bytes(range(0x80, 0xc0))
    for first, last in ((0xc0, 0xe0), (0xe0, 0xf0), (0xf0, 0xf8),
                        (0xf8, 0xfc), (0xfc, 0xfe)):
        yield "6.13", b" ".join(bytes([n]) for n in range(first, last)) \
            + b" "
    lonely = [continued(first, last, count)
              for last, starts in ((0x80, (0xc0, 0xe0, 0xf0, 0xf8, 0xfc)),
                                   (0xbf, (0xdf, 0xef, 0xf7, 0xfb, 0xfd)))
              for count, first in enumerate(starts)]
    for sequence in lonely:
        yield "6.14", sequence
    yield "6.15", b"".join(lonely)
    yield "6.16", b"\xfe"
    yield "6.16", b"\xff"
    yield "6.16", b"\xfe\xfe\xff\xff"
    for sequence in (b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf",
                     b"\xf8\x80\x80\x80\xaf", b"\xfc\x80\x80\x80\x80\xaf"):
        yield "6.17", sequence
    for sequence in (b"\xc1\xbf", b"\xe0\x9f\xbf", b"\xf0\x8f\xbf\xbf",
                     b"\xf8\x87\xbf\xbf\xbf", b"\xfc\x83\xbf\xbf\xbf\xbf"):
        yield "6.18", sequence
    for sequence in (b"\xc0\x80", b"\xe0\x80\x80", b"\xf0\x80\x80\x80",
                     b"\xf8\x80\x80\x80\x80", b"\xfc\x80\x80\x80\x80\x80"):
        yield "6.19", sequence
    for point in (0xd800, 0xdb7f, 0xdb80, 0xdbff, 0xdc00, 0xdf80, 0xdfff):
        yield "6.20", surrogate(point)
    for high in (0xd800, 0xdb7f, 0xdb80, 0xdbff):
        for low in (0xdc00, 0xdfff):
            yield "6.21", surrogate(high) + surrogate(low)


def cut_everywhere(payload):
    """A message of 2 fragments, cut at each byte of the interesting part."""
    for at in range(1, len(payload)):
        yield [text(payload[:at], fin=False),
               frame(CONTINUATION, payload[at:])]


def utf_8_ways(payload):
    yield "whole", [text(payload)]
    yield "octet by octet", octets(text(payload))
    yield "a fragment an octet", fragments(payload, 1)


def utf_8():
    yield Case("6.1 empty", [text(b"")], refused=1)
    yield Case("6.1 three empty fragments",
               [text(b"", fin=False), frame(CONTINUATION, fin=False),
                frame(CONTINUATION)], refused=1)
    yield Case("6.1 empty, some, empty",
               [text(b"", fin=False), frame(CONTINUATION, say(MIXED),
                                            fin=False),
                frame(CONTINUATION)], [MIXED])
    half = len(say(MIXED)) // 2
    yield Case("6.2 in two", fragments(say(MIXED), half), [MIXED])
    yield Case("6.7 a NUL", [text(b"\0")], refused=1)
    yield Case("6.7 a NUL between fragments",
               [text(b"{", fin=False), frame(CONTINUATION, b"\0}")],
               refused=1)
    for n, (group, sequence) in enumerate(valid_utf_8()):
        for way, pieces in utf_8_ways(say(sequence)):
            yield Case(f"{group} valid {n}: {sequence!a}, {way}", pieces,
                       [sequence])
        yield Case(f"{group} valid {n}: {sequence!a}, not JSON",
                   [text(sequence)], refused=1)
    for n, (group, sequence) in enumerate(invalid_utf_8()):
        for way, pieces in utf_8_ways(say(sequence)):
            yield Case(f"{group} invalid {n}: {sequence!r}, {way}", pieces,
                       code=1007, reason="UTF-8")
        yield Case(f"{group} invalid {n}: {sequence!r}, at the end",
                   [text(sequence)], code=1007)
    for n, pieces in enumerate(cut_everywhere(GREEK.encode())):
        yield Case(f"6.2 cut after {n + 1}", pieces, refused=1)
    for n, pieces in enumerate(cut_everywhere(b"\xce\xba\xf4\x90\x80\x80")):
        yield Case(f"6.3 invalid, cut after {n + 1}", pieces, code=1007)
    yield Case("6.3 right, then wrong, then right",
               [said("a"), text(b"\xff"), said("b")], ["a"], code=1007)


def test_websocket_utf_8_conforms(stage, shared):
    run(stage, shared, 6, utf_8())


# --- 7: close --------------------------------------------------------------

VALID_CODES = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012,
               1013, 1014, 3000, 3999, 4000, 4999)
INVALID_CODES = (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999,
                 5000, 65535)


def closing():
    end = close(1000)
    whole = say("never")
    ended = {"code": 1000, "by_client": True}
    rows = (
        ("7.1 a text, then a close", [said("hello"), end],
         {"texts": ["hello"], **ended}),
        ("7.1 two closes", [end, end], ended),
        ("7.1 a ping after the close", [end, frame(PING, b"p")], ended),
        ("7.1 a ping and a pong around it",
         [frame(PING, b"p"), end, frame(PONG, b"p")],
         {"pongs": [b"p"], **ended}),
        ("7.1 a text after the close", [end, said("never")], ended),
        ("7.1 a fragment, a close, the rest",
         [text(whole[:10], fin=False), end, frame(CONTINUATION, whole[10:])],
         ended),
        ("7.1 garbage after the close", [end, b"\xff" * 300], ended),
        ("7.3 no code", [close()], {**ended, "code": NO_CODE}),
        ("7.3 half a code", [frame(8, b"\x03")],
         {"code": 1002, "reason": "half"}),
        ("7.3 a code and no reason", [close(1000)], ended),
        ("7.3 a reason", [close(1000, b"Hello World!")], ended),
        ("7.3 a reason of 123 bytes", [close(1000, b"*" * 123)], ended),
        ("7.3 a reason of 124 bytes", [close(1000, b"*" * 124)],
         {"code": 1002}),
        ("7.5 a reason that is not UTF-8",
         [close(1000, b"\xce\xba\xed\xa0\x80")], {"code": 1007}),
        ("7.5 a reason that ends inside a character",
         [close(1000, b"\xce\xba\xce")], {"code": 1007}),
        ("7.5 a reason in UTF-8", [close(1000, GREEK.encode())], ended),
    )
    for name, frames, want in rows:
        for way, pieces in ways(frames):
            yield Case(f"{name}, {way}", pieces, **want)
    yield Case("7.1 256 KB after the close",
               [end, text(b"*" * 262144), frame(PING, b"p")], **ended)
    yield Case("7.1 256 KB, then a close",
               [text(b"*" * 262144), end], refused=1, **ended)
    for code in VALID_CODES:
        for reason in (b"", b"reason"):
            yield Case(f"7.7 code {code}, {len(reason)} bytes of reason",
                       [close(code, reason)], code=code, by_client=True)
    for code in INVALID_CODES:
        for reason in (b"", b"reason"):
            yield Case(f"7.9 code {code}, {len(reason)} bytes of reason",
                       [close(code, reason)], code=1002, reason="close code")


def test_websocket_closing_conforms(stage, shared):
    run(stage, shared, 7, closing())


# --- 9 and 10: large messages ----------------------------------------------

KB = 1024


def large(name, length, split, **want):
    """A text of `length` bytes in frames or pieces, made when it is run."""
    return Case(name, lambda: split(say(of_length(length))),
                lambda: [of_length(length)], **want)


def limits():
    for length in (64 * KB, 256 * KB, MOST):
        yield large(f"9.1 {length} bytes", length, lambda b: [text(b)])
    for size in (64, 256, KB, 4 * KB, 16 * KB, 64 * KB, 256 * KB, MOST):
        yield large(f"9.3 {MOST} bytes in fragments of {size}", MOST,
                    lambda b, size=size: [b"".join(fragments(b, size))])
    for size in (64, 128, 256, 512, KB, 2 * KB):
        yield large(f"9.5 {MOST} bytes in pieces of {size}", MOST,
                    lambda b, size=size: chopped(text(b), size))
    for size in (0, 1, 100, 125):
        yield large(f"9.7 {MOST} bytes, a ping of {size} inside", MOST,
                    lambda b, n=size: [
                        text(b[:1000], fin=False), frame(PING, b"p" * n),
                        frame(CONTINUATION, b[1000:])],
                    pongs=[b"p" * size])
    for length in (0, 16, 64, 256, KB, 4 * KB, 16 * KB, 64 * KB):
        yield Case(f"9.8 50 messages of {length}", lambda n=length: [
            said("*" * n)] * 50, lambda n=length: ["*" * n] * 50)
    data = b"\\u0041" * (MOST - 10)
    yield Case("9.x all of it escaped", lambda: [text(say(data))],
               lambda: ["A" * (MOST - 10)])


def too_large():
    over = TEXT_MOST + 1
    want = {"code": 1009, "reason": "too long"}
    yield Case("9.2 a byte above the limit, whole",
               lambda: [text(b"*" * over)], **want)
    yield Case("9.2 as long as the limit", lambda: [text(b"*" * (over - 1))],
               refused=1)
    yield Case("9.4 a byte above the limit, in fragments of 64 KB",
               lambda: fragments(b"*" * over, 65536), **want)
    yield Case("9.4 the limit in fragments of 64 KB",
               lambda: fragments(b"*" * (over - 1), 65536), refused=1)
    yield Case("9.6 a byte above it is announced, one comes",
               [text(b"*", length=over)], **want)
    for length in (1 << 32, 1 << 40, (1 << 63) - 1):
        yield Case(f"9.6 {length} are announced, one comes",
                   [text(b"*", length=length)], **want)
    yield Case("9.6 a fragment, then the rest of 2^63 - 1",
               [text(b"*", fin=False),
                frame(CONTINUATION, b"*", length=(1 << 63) - 1)], **want)


def test_websocket_limits_conform(stage, shared):
    run(stage, shared, 9, [*limits(), *too_large()])


def auto_fragmentation():
    for size in (1300, 1, 2, 125, 126, 127, 65535):
        length = 65536 if size > 2 else 2000
        data = of_length(length)
        yield Case(f"10 {length} bytes in fragments of {size}",
                   fragments(say(data), size), [data])
        yield Case(f"10 {length} in fragments of {size}, pieces of 100",
                   chopped(b"".join(fragments(say(data), size)), 100),
                   [data])


def test_websocket_automatic_fragments_conform(stage, shared):
    run(stage, shared, 10, auto_fragmentation())


# --- 12 and 13: permessage-deflate -----------------------------------------

SIZES = (16, 64, 256, 1024, 4096, 8192, 16384, 32768, 65536, 131072)
WORDS = ("alpha beta gamma delta \u00e4\u00f6\u00fc \u20ac \U0001f600 "
         "epsilon zeta").split()


def sentence(rng, size):
    out = ""
    while len(out) < size:
        out += rng.choice(WORDS) + " "
    return out[:size]


def kinds(size):
    """Data of `size` characters: zeros, words, digits, noise."""
    rng = random.Random(size)
    yield "one character", "*" * size
    yield "words", sentence(rng, size)
    yield "hexadecimal digits", rng.randbytes(size // 2).hex()
    yield "noise", "".join(chr(rng.randrange(0x20, 0xd7ff))
                           for _ in range(size))
    yield "JSON in it", json.dumps([size] * (size // 7 + 1))[:size]


def packed(data, **options):
    return deflated(say(data), **options)


def compressed(data, rsv=4, **options):
    return text(packed(data, **options), rsv=rsv)


def compression():
    for size in SIZES:
        count = 10 if size <= 16384 else 2
        for kind, data in kinds(size):
            yield Case(f"12 {count} times {size} characters, {kind}",
                       [compressed(data)] * count, [data] * count,
                       offer=DEFLATE)
        words = sentence(random.Random(1), size)
        for cut in (1, 7, 256):
            if size // cut < 5000:
                yield Case(f"12 {size} characters in fragments of {cut}",
                           fragments(packed(words), cut, rsv=4), [words],
                           offer=DEFLATE)
        if size <= 4096:
            yield Case(f"12 {size} characters octet by octet",
                       octets(compressed(words)), [words], offer=DEFLATE)
    data = "never compressed"
    yield Case("12 not every message must be compressed",
               [said(data), compressed(data), said(data)], [data] * 3,
               offer=DEFLATE)
    yield Case("12 a ping between compressed fragments",
               [f + frame(PING, b"p")
                for f in fragments(packed(data), 10, rsv=4)], [data],
               pongs=[b"p"] * ((len(packed(data)) + 9) // 10), offer=DEFLATE)
    yield Case("12 an empty message",
               [text(deflated(b""), rsv=4)], refused=1, offer=DEFLATE)
    yield Case("12 a text that is not JSON",
               [text(deflated(b"hello"), rsv=4)], refused=1, offer=DEFLATE)


def block_kinds():
    """Deflate blocks of every kind, as senders make them."""
    data = sentence(random.Random(2), 3000)
    for level in range(10):
        yield Case(f"12 level {level}", [compressed(data, level=level)],
                   [data], offer=DEFLATE)
    for name in ("Z_FILTERED", "Z_HUFFMAN_ONLY", "Z_RLE", "Z_FIXED"):
        yield Case(f"12 {name}",
                   [compressed(data, strategy=getattr(zlib, name))], [data],
                   offer=DEFLATE)
    yield Case("12 a block marked as the last",
               [text(deflated(say(data), flush=zlib.Z_FINISH) + b"\0",
                     rsv=4)], [data], offer=DEFLATE)
    half = say(data)[:1000], say(data)[1000:]
    yield Case("12 two blocks", [text(
        deflated(half[0], flush=zlib.Z_SYNC_FLUSH) + TAIL
        + deflated(half[1]), rsv=4)], [data], offer=DEFLATE)
    yield Case("12 many empty blocks before it", [text(
        (b"\0" + TAIL) * 1000 + packed(data), rsv=4)], [data], offer=DEFLATE)


def not_deflate():
    want = {"offer": DEFLATE, "code": 1007}
    yield Case("12 a reserved kind of block",
               [text(b"\x07\xff\xff", rsv=4)], reason="inflated", **want)
    yield Case("12 noise", [text(b"\xff" * 100, rsv=4)], **want)
    yield Case("12 a stored block whose lengths do not fit",
               [text(b"\x00\x05\x00\x05\x00abcde", rsv=4)], **want)
    yield Case("12 a distance before the beginning",
               [text(b"\x4b\x04\x12\x00", rsv=4)], **want)
    yield Case("12 a stored block that is cut",
               [text(b"\x00\x10\x00\xef\xffabc", rsv=4)], **want)
    hello = deflated(b"hello")
    for cut in range(1, len(hello)):
        yield Case(f"12 hello, of which {cut} bytes come",
                   [text(hello[:cut], rsv=4)], reason="inflated", **want)
    yield Case("12 a text that is not UTF-8, compressed",
               [text(deflated(b"\xce\xba\xed\xa0\x80"), rsv=4)],
               reason="UTF-8", **want)
    yield Case("12 half a character, compressed",
               [text(deflated(b"\xce"), rsv=4)], **want)
    yield Case("12 it was not agreed on",
               [text(deflated(say("x")), rsv=4)], code=1002)
    broken = {"offer": DEFLATE, "code": 1002, "reason": "reserved"}
    for rsv in (1, 2, 3, 5, 6, 7):
        yield Case(f"12 bits {rsv} with it", [compressed("x", rsv=rsv)],
                   **broken)
    yield Case("12 a continuation with the bit",
               [text(packed("x")[:9], rsv=4, fin=False),
                frame(CONTINUATION, packed("x")[9:], rsv=4)], **broken)
    yield Case("12 a ping with the bit", [frame(PING, b"x", rsv=4)], **broken)
    yield Case("12 a close with the bit", [frame(8, b"\x03\xe8", rsv=4)],
               **broken)
    yield Case("12 binary, compressed",
               [frame(BINARY, deflated(b"x"), rsv=4)], offer=DEFLATE,
               code=1003)


def bombs():
    """Messages that inflate to much more than their length."""
    want = {"offer": DEFLATE, "code": 1009, "reason": "inflated"}
    bomb = deflated(b"*" * (TEXT_MOST + 1), level=9)
    yield Case(f"12 {len(bomb)} bytes become a byte too many",
               [text(bomb, rsv=4)], **want)
    yield Case("12 a thousand bytes become a gigabyte",
               [text(deflated(b"*" * 64 * MOST, level=9) + TAIL * 3, rsv=4)],
               **want)
    yield Case("12 the same in fragments",
               fragments(deflated(b"*" * 16 * MOST, level=9), 100, rsv=4),
               **want)
    yield Case("12 as long as the limit", [text(
        deflated(b"*" * TEXT_MOST, level=9), rsv=4)], refused=1,
               offer=DEFLATE)


def test_websocket_compression_conforms(stage, shared):
    run(stage, shared, 12, [*compression(), *block_kinds(), *not_deflate(),
                    *bombs()])


# Offer, and whether it is agreed to. A smaller window of ours is not made:
# a message is compressed once for all its subscribers.
OFFERS = (
    (DEFLATE, True),
    (f"{DEFLATE}; client_no_context_takeover", True),
    (f"{DEFLATE}; server_no_context_takeover", True),
    (f"{DEFLATE}; client_max_window_bits", True),
    (f"{DEFLATE}; client_max_window_bits=8", True),
    (f"{DEFLATE}; client_max_window_bits=9", True),
    (f"{DEFLATE}; client_max_window_bits=15", True),
    (f'{DEFLATE}; client_max_window_bits="12"', True),
    (f"{DEFLATE}; client_no_context_takeover; server_no_context_takeover; "
     "client_max_window_bits=10", True),
    (f" {DEFLATE} ;client_no_context_takeover ", True),
    ("Permessage-Deflate", True),
    (f"{DEFLATE}; server_max_window_bits=9", False),
    (f"{DEFLATE}; server_max_window_bits=9, {DEFLATE}", True),
    (f"{DEFLATE}; server_max_window_bits=15; client_max_window_bits, "
     f"{DEFLATE}; client_max_window_bits", True),
    (f"x-webkit-deflate-frame, {DEFLATE}", True),
    ("x-webkit-deflate-frame", False),
    ("permessage-bzip2", False),
    (f"{DEFLATE}; client_max_window_bits=7", False),
    (f"{DEFLATE}; client_max_window_bits=16", False),
    (f"{DEFLATE}; client_max_window_bits=010", False),
    (f"{DEFLATE}; client_max_window_bits=", False),
    (f"{DEFLATE}; client_no_context_takeover=1", False),
    (f"{DEFLATE}; client_no_context_takeover; client_no_context_takeover",
     False),
    (f"{DEFLATE}; no_such_parameter", False),
    (f"{DEFLATE}; no_such_parameter, {DEFLATE}", True),
)


def window_of(offer):
    """The bits a client may use after this offer; zlib cannot do 8."""
    for bits in range(9, 16):
        if f"client_max_window_bits={bits}" in offer:
            return bits
    return 15


def offers():
    for offer, agreed in OFFERS:
        for size in (16, 1024, 32768):
            data = sentence(random.Random(size), size)
            one = compressed(data, wbits=window_of(offer)) if agreed \
                else said(data)
            yield Case(f"13 {offer!r}, {size} characters", [one] * 5,
                       [data] * 5, offer=offer, agreed=agreed)
            if agreed:
                yield Case(
                    f"13 {offer!r}, {size} in fragments",
                    fragments(packed(data, wbits=window_of(offer)), 100,
                              rsv=4), [data], offer=offer)
        if not agreed:
            yield Case(f"13 {offer!r} was not agreed on",
                       [compressed("x")], code=1002, offer=offer,
                       agreed=False)


def test_websocket_offers_of_compression_conform(stage, shared):
    run(stage, shared, 13, offers())


def test_websocket_conforms_through_lighttpd(stage, shared):
    """The small cases, through mod_proxy."""
    server = shared.responder("websocket", SETTINGS)
    proxy = stage.add(LighttpdProxy(stage.sub("proxy"), server.address))
    bench = stage.add(Bench(proxy.address, server.log))
    for section in (framing, pings, reserved_bits, opcodes, fragmentation,
                    closing, not_deflate):
        bench.run(section())
    note(f"websocket conformance, through lighttpd: {bench.count} cases")


SECTIONS = (framing, pings, reserved_bits, opcodes, fragmentation, utf_8,
            closing, limits, too_large, auto_fragmentation, compression,
            block_kinds, not_deflate, bombs, offers)


def test_websocket_cases_have_unique_names():
    cases = [case.name for section in SECTIONS for case in section()]
    note(f"websocket conformance: {len(cases)} cases in all")
    twice = sorted({name for name in cases if cases.count(name) > 1})
    assert twice == []
