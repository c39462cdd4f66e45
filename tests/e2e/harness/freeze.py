# SPDX-License-Identifier: MIT
"""Processes stand still for a moment, as on a machine that has too much to do:
what a test takes for granted, and should wait for, comes too late then."""

import os
import random
import signal
import threading
import time

from harness.process import children, descendants

LOOK = 0.1  # s
SHARE = 0.015  # of the processes at each look: each about every 7 s
SHORTEST = 0.02  # s


def words(pid, name):
    try:
        with open(f"/proc/{pid}/{name}", "rb") as file:
            return file.read()
    except OSError:  # it has ended
        return b""


def is_stopped(pid):
    return words(pid, "stat").rpartition(b")")[2].split()[:1] in ([b"T"], [])


def may_stop(pid, parent):
    """Not what runs the tests. mod_fcgid takes a program that is stopped for one
    that has ended: apr_proc_wait() asks for both."""
    command = words(pid, "cmdline")
    runs_tests = b"pytest" in command or b"exec(eval(" in command
    program = command.split(b"\0")[0].endswith(b".fcgi")
    below_apache = words(parent, "comm").startswith(b"apache2")
    return command and not runs_tests and not (program and below_apache)


class Freezer:
    """While it is a context: all below that process but what runs the tests, each
    for up to so many seconds. With 0 nothing is stopped."""

    def __init__(self, pid, seconds, seed):
        self.pid, self.seconds = pid, seconds
        self.random = random.Random(seed)
        self.until = {}  # pid: when it goes on
        self.ends = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        if self.seconds > 0:
            self.thread.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        if self.seconds > 0:
            self.thread.join()

    def run(self):
        while not self.ends.wait(LOOK):
            self.let_go(time.monotonic())
            self.stop_some()
        self.let_go(float("inf"))

    def stop_some(self):
        for parent in [self.pid, *descendants(self.pid)]:
            for pid in children(parent):
                if (
                    self.random.random() < SHARE
                    and pid not in self.until
                    and not is_stopped(pid)  # by a test
                    and may_stop(pid, parent)
                ):
                    self.stop(pid)

    def stop(self, pid):
        seconds = self.random.uniform(SHORTEST, self.seconds)
        if self.signal(pid, signal.SIGSTOP):
            self.until[pid] = time.monotonic() + seconds

    def let_go(self, now):
        for pid, then in list(self.until.items()):
            if then <= now:
                del self.until[pid]
                self.signal(pid, signal.SIGCONT)

    @staticmethod
    def signal(pid, number):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return False
        return True
