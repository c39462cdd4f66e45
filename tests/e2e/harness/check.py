# SPDX-License-Identifier: MIT
"""Waiting for what happens soon, and comparing long lists."""

import time

WAIT = 30.0  # seconds for what should happen soon: never a measurement
NOTES = []  # of the test that runs; tests/e2e/conftest.py prints them


class Failed(AssertionError):
    """A server or a client does not do what it should."""


def note(text):
    """A measurement, printed at the end of the run."""
    NOTES.append(text)


def shorten(value, most=600):
    text = repr(value)
    if len(text) > most:
        text = f"{text[:most]}... ({len(text)} characters)"
    return text


def in_order(got, want):
    """Two long lists are equal; names the first item that differs."""
    for at, (a, b) in enumerate(zip(got, want)):
        if a != b:
            raise Failed(
                f"item {at} of {len(want)} is {shorten(a, 80)}, "
                f"want {shorten(b, 80)}"
            )
    if len(got) != len(want):
        raise Failed(
            f"{len(got)} items, want {len(want)}; "
            f"the last is {shorten(got[-1:], 80)}"
        )


def until(condition, what, seconds=WAIT, step=0.02):
    """Waits for `condition()` to be true and returns what it returned."""
    end = time.monotonic() + seconds
    while True:
        seen = condition()
        if seen:
            return seen
        if time.monotonic() > end:
            raise Failed(f"not within {seconds:.0f} s: {what}")
        time.sleep(step)
