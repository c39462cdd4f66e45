# SPDX-License-Identifier: MIT
"""Whether numbers are what they should be, except for a moment."""


class Differences:
    """`bound`: the seconds that a difference may last, from the first sample
    that shows it to the last."""

    def __init__(self, bound):
        self.bound = bound
        self.samples = self.numbers = self.held = 0
        self.largest, self.longest = 0, 0.0
        self.since = {}  # of the keys that differ now
        self.violations = []

    def sample(self, now, numbers, least, most):
        """`numbers` by key; each should be between `least` and `most`."""
        self.samples += 1
        for key, number in numbers.items():
            self.numbers += 1
            self.held += number > 0
            low, high = least.get(key, 0), most.get(key, 0)
            off = max(low - number, number - high, 0)
            if not off:
                self.since.pop(key, None)
                continue
            self.largest = max(self.largest, off)
            lasted = now - self.since.setdefault(key, now)
            self.longest = max(self.longest, lasted)
            if lasted > self.bound:
                self.violations.append(
                    f"{key} is {number}, want {low} to {high}, "
                    f"for {lasted:.2f} s"
                )

    def line(self):
        return (
            f"samples={self.samples} numbers={self.numbers} "
            f"not_zero={self.held} largest={self.largest} "
            f"longest={self.longest:.2f}s"
        )
