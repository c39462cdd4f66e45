# SPDX-License-Identifier: MIT
"""push-publish --lines and what is not UTF-8."""

import itertools

# Where the rules of RFC 3629 change, and one byte on each side.
EDGES = bytes.fromhex("41 7f 80 8f 90 9f a0 bf c0 c1 c2 df e0 ec ed ef f0 f3 f4 f5 ff")


def data(redis, channel):
    client = redis.client()
    entries = client("XRANGE", f"push:{{{channel}}}:log", "-", "+")
    client.close()
    return [dict(zip(e[1][::2], e[1][1::2]))["d"] for e in entries]


def replaced(line):
    return line.decode(errors="replace").replace("\0", "\ufffd")


def joined(sequences, count):
    """Lines of so many sequences, with a character between them."""
    sequences = iter(sequences)
    while some := list(itertools.islice(sequences, count)):
        yield b" ".join(some)


def test_wrong_bytes_are_replaced_as_by_other_decoders(redis, channel, stage):
    """All of two bytes, and those of three and four where rules change."""
    pairs = (bytes(pair) for pair in itertools.product(range(256), repeat=2))
    pairs = (pair for pair in pairs if b"\n" not in pair)
    longer = itertools.chain(
        itertools.product(EDGES, repeat=3), itertools.product(EDGES, repeat=4)
    )
    lines = list(joined(pairs, 5000))
    lines += joined((bytes(sequence) for sequence in longer), 4000)
    done = stage.command(redis).run(
        "--lines", channel, stdin=b"\n".join(lines) + b"\n"
    )
    assert done.status == 0, done.err
    assert data(redis, channel) == [replaced(line) for line in lines]


def test_it_warns_at_the_first_such_line_and_at_the_end(redis, channel, stage):
    done = stage.command(redis).run(
        "--lines", channel, stdin=b"one\n\xe4\ntwo\na\0b\n\xff"
    )
    assert done.status == 0, done.err
    assert data(redis, channel) == ["one", "\ufffd", "two", "a\ufffdb", "\ufffd"]
    first, last = done.err.splitlines()
    assert first.startswith("push-publish: line 2: ") and "--strict" in first
    assert "3 lines" in last and "line 2 " in last


def test_a_line_of_a_pipe_that_stays_open_is_warned_of_at_once(
    site, channel, stage
):
    subscriber = site.sse(channel).ready()
    sender = stage.command(site).start("--lines", channel)
    sender.stdin.write(b"caf\xe9\n")
    sender.stdin.flush()
    assert subscriber.wait_messages(1) == ["caf\ufffd"]
    assert "line 1: " in sender.process.output()
    sender.write("more\n")
    assert subscriber.wait_messages(2)[1:] == ["more"]
    assert sender.end() == 0


def test_many_such_lines_keep_their_order(redis, channel, stage):
    lines = [b"%d \xff" % n if n % 3 else b"%d" % n for n in range(900)]
    done = stage.command(redis).run(
        "--lines", channel, stdin=b"\n".join(lines)
    )
    assert done.status == 0, done.err
    assert data(redis, channel) == [replaced(line) for line in lines]
    assert "600 lines" in done.err


def test_strict_ends_at_a_line_that_is_not_utf8(redis, channel, stage):
    done = stage.command(redis).run(
        "--lines", "--strict", channel, stdin=b"one\ntwo\n\xff\nthree\n"
    )
    assert done.status == 1, f"{done!r}"
    assert "line 3: Data must be UTF-8." in done.err
    assert data(redis, channel) == ["one", "two"]


def test_a_line_that_is_too_long_when_replaced_is_refused(
    redis, channel, stage
):
    command = stage.command(redis, {"message.max_bytes": 20})
    done = command.run("--lines", channel, stdin=b"\xff" * 6 + b"\n" + b"\xff" * 7)
    assert done.status == 1, f"{done!r}"
    assert data(redis, channel) == ["\ufffd" * 6]
