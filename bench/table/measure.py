# SPDX-License-Identifier: MIT
"""One work on one system: the load runs, the meters are read at its steps."""

import time

import meter
from table.load import Load

GONE_S = 0.7  # until a web server has closed what the subscribers left
SETTLE_MS = {"head": 1000, "first": 400, "cursor": 300}
GRACE_S = 10  # without any progress, then the rest is lost
WARM = {"subscribers": 1, "messages": 20, "rate": 100, "settle": 500}


def limit_s(work):
    """After that the load generator is killed."""
    return 120 + 10 * work.silent + 4 * work.seconds


def warm_up(running):
    """One subscriber and some messages, so that what is counted later is what a
    further subscriber and a further message cost."""
    with Load(running.system.build, running.description, 60, **WARM) as load:
        load.until("held")
        load.go_on()
        load.until("done")
        load.end()


class Measured:
    """The figures of a work: a dictionary, whose names are those of the lines that
    `run` prints (README.md)."""

    def __init__(self, running, work, fresh):
        self.running, self.work, self.fresh = running, work, fresh
        self.figures = {"subscribers": work.subscribers,
                        "channels": work.channels}
        self.clean = False
        self.result = ""  # the line of the load generator
        self.load = self.silent_from = None

    def snapshot(self, memory=False):
        """Of the system, and of the command that publishes, if there is one."""
        roles = self.running.roles()
        if self.load:
            roles.setdefault("publisher", []).extend(
                meter.children_of(self.load.process.pid))
        return meter.Snapshot(roles, memory)

    def connect(self):
        """Until all are held. Memory is read only on a fresh start: what others
        have left is used again."""
        said = self.running.said
        before = self.snapshot(self.fresh)
        self.load = Load(
            self.running.system.build, self.running.description,
            limit_s(self.work), grace=GRACE_S,
            settle=SETTLE_MS[said.get("live", "head")], **self.work.options())
        self.load.until("held")
        held = self.snapshot(self.fresh)
        each = self.work.subscribers
        self.cpu("connect", before, held, each)
        if self.fresh:
            self.figures["mem"] = held.pss_since(before) / each
            self.figures["mem_kernel"] = (held.kernel - before.kernel) / each
        return held

    def begin_silence(self):
        self.silent_from = (self.snapshot(), time.monotonic())

    def end_silence(self):
        """Nothing happened but beats: us of CPU a subscriber and second."""
        before, start = self.silent_from
        self.cpu("idle", before, self.snapshot(),
                 self.work.subscribers * (time.monotonic() - start))

    def deliver(self):
        """From what is held, or from the return of those who left, to the end."""
        before = self.snapshot()
        self.load.go_on()
        if self.work.back:
            self.load.until("away")
            time.sleep(GONE_S)
            before = self.snapshot()
            self.load.go_on()
        self.load.until("done")
        done = self.snapshot()
        result = self.load.end()
        self.clean, self.result = self.load.clean, self.load.result
        self.figures.update(result)
        self.cpu("cpu", before, done, max(result["delivered"], 1))
        if self.work.back:
            self.cpu("back", before, done, self.work.subscribers)
        if self.work.polls:
            self.cpu("turn", before, done, max(result.get("turns", 0), 1))

    def cpu(self, name, before, after, each):
        """All processes, Redis among them; ours; Redis alone."""
        roles = {role: after.cpu_us_since(before, role) / each
                 for role in after.cpu_ns}
        self.figures[name] = sum(roles.values())
        if self.running.system.ours:
            self.figures[name + "_ours"] = roles.get("ours", 0)
        self.figures[name + "_redis"] = roles.get("redis", 0)

    def run(self):
        """All of it, one after the other."""
        try:
            self.connect()
            if self.work.silent:
                self.begin_silence()
                time.sleep(self.work.silent)
                self.end_silence()
            self.deliver()
        finally:
            self.close()
        time.sleep(GONE_S)
        return self

    def close(self):
        if self.load:
            self.load.__exit__()
            self.load = None
