# SPDX-License-Identifier: MIT
"""The load generator, stopped at its steps so that meters can be read."""

import os
import subprocess
import threading

WORDS = ("held", "away", "done")  # its steps; any other line is the result


class Failed(Exception):
    """The load generator could not be run to its end."""


def numbers(line):
    """The fields `name=1.5ms` of a line as numbers."""
    found = {}
    for word in line.split():
        name, equals, value = word.partition("=")
        digits = value.split("/")[0].rstrip("abcdefghijklmnopqrstuvwxyzBKM")
        if equals and digits:
            try:
                found[name] = float(digits)
            except ValueError:
                continue
    return found


class Load:
    """One run of it; `options` without the leading hyphens."""

    def __init__(self, build, description, limit_s, **options):
        argv = [os.path.join(build, "bench", "load", "load"),
                "--target", description, "--steps"]
        for name, value in options.items():
            if value is True:
                argv.append("--" + name)
            elif value is not None and value is not False:
                argv += ["--" + name.replace("_", "-"), str(value)]
        self.process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        self.timer = threading.Timer(limit_s, self.process.kill)
        self.timer.start()
        self.result = ""
        self.clean = False

    def until(self, word):
        """Reads to a step; the result comes before `done`."""
        while True:
            line = self.process.stdout.readline().strip()
            if line == word:
                return
            if not line or line in WORDS:
                raise Failed(self.process.stderr.read().strip() or
                             "the load generator ended early")
            self.result = line

    def go_on(self):
        """From the step where it waits."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def end(self):
        """After the last step."""
        self.go_on()
        self.process.stdin.close()
        said = self.process.stderr.read().strip()
        status = self.process.wait()
        if status not in (0, 1):
            raise Failed(said or f"the load generator ended with {status}")
        self.clean = status == 0
        return numbers(self.result)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.timer.cancel()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdout, self.process.stderr):
            pipe.close()
