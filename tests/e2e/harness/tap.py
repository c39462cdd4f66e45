# SPDX-License-Identifier: MIT
"""A test is one function; its name is the fact it shows."""
import time

TESTS = []
WAIT = 30.0  # seconds for what should happen soon: never a measurement


class Failed(Exception):
    """The fact is not so; the text says what was seen instead."""


class Skip(Exception):
    """It cannot be seen here; the text says why."""


class Test:
    def __init__(self, function, limit, needs, alone):
        self.name = function.__name__
        self.topic = function.__module__.removeprefix("test_")
        self.function = function
        self.limit = limit
        self.needs = needs
        self.alone = alone


def fact(limit=120, needs=("redis-server", "lighttpd"), alone=False):
    """Makes a function a test: at most `limit` seconds, with the commands
    `needs`; `alone` when it is so heavy that others would suffer."""
    def register(function):
        TESTS.append(Test(function, limit, needs, alone))
        return function
    return register


def note(text):
    """A measurement, as a comment in the TAP."""
    print(f"# {text}", flush=True)


def shorten(value, most=600):
    text = repr(value)
    if len(text) > most:
        text = f"{text[:most]}... ({len(text)} characters)"
    return text


def equal(got, want, what):
    if got != want:
        raise Failed(f"{what}: got {shorten(got)}, want {shorten(want)}")


def true(condition, what):
    if not condition:
        raise Failed(what)


def contains(text, part, what):
    if part not in text:
        raise Failed(f"{what}: {shorten(part)} is not in {shorten(text)}")


def in_order(got, want, what):
    """Two long lists are the same; says where they begin to differ."""
    for at, (a, b) in enumerate(zip(got, want)):
        if a != b:
            raise Failed(f"{what}: item {at} of {len(want)} is "
                         f"{shorten(a, 80)}, want {shorten(b, 80)}")
    if len(got) != len(want):
        raise Failed(f"{what}: {len(got)} items, want {len(want)}; "
                     f"the last is {shorten(got[-1:], 80)}")


def until(condition, what, seconds=WAIT, step=0.02):
    """Waits for `condition()` to be true and returns what it returned."""
    end = time.monotonic() + seconds
    while True:
        seen = condition()
        if seen:
            return seen
        if time.monotonic() > end:
            raise Failed(f"in {seconds:.0f} s there was never: {what}")
        time.sleep(step)
