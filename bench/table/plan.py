# SPDX-License-Identifier: MIT
"""Which systems are measured, with which techniques, in which order."""

import dataclasses
import os
import subprocess

import servers
from table import system

# Ours first, then the peers, then what people do without any of them. Whatever
# else there is in bench/peers.d comes last, with its first technique.
ORDER = [
    ("lighttpd", ("sse", "stream", "websocket", "longpoll")),
    ("apache-handoff", ("sse",)),
    ("apache-proxy-fcgi", ("sse",)),
    ("apache-fcgid", ("sse",)),
    ("nchan-redis", ("sse", "websocket", "longpoll")),
    ("nchan-memory", ("sse",)),
    ("push-stream", ("sse",)),
    ("pushpin", ("sse",)),
    ("centrifugo", ("sse",)),
    ("php-loop", ("sse",)),
    ("perl-loop", ("sse",)),
]
BASE = "nchan-redis"  # ratios are to it
# Where less than all works is enough to see the difference.
SOME = {
    "lighttpd/stream": ("fanout",),
    "lighttpd/websocket": ("fanout", "channels", "rush", "silent"),
    "apache-proxy-fcgi/sse": ("fanout", "channels"),
    "apache-fcgid/sse": ("fanout",),
    "nchan-redis/websocket": ("fanout", "channels"),
    "nchan-memory/sse": ("fanout", "channels", "rush", "rush-post", "silent"),
    "php-loop/sse": ("fanout",),
    "perl-loop/sse": ("fanout",),
}
NAMES = {"sse": "SSE", "stream": "stream", "websocket": "WebSocket",
         "longpoll": "long-poll"}
GATHER_MS = 50
START_S = 2  # and the warm-up


@dataclasses.dataclass(frozen=True)
class Entry:
    """A system with one technique, and settings of ours."""
    system: system.System
    technique: str
    settings: str = ""
    variant: str = ""   # what the settings are, for people
    only: tuple = ()    # names of works; empty: all that fit

    @property
    def name(self):
        return "+".join(filter(None, (f"{self.system.name}/{self.technique}",
                                      self.variant.replace(" ", ""))))

    @property
    def title(self):
        return ", ".join(filter(None, (
            self.system.title, NAMES.get(self.technique, self.technique),
            self.variant)))

    def does(self, work):
        """Whether a work is for it."""
        if work.polls != (self.technique == "longpoll"):
            return False
        if work.deflate and self.technique != "websocket":
            return False
        if work.main and self.system.limit and \
                self.system.limit < work.subscribers:
            return False
        if work.named:
            return True
        return self.name in work.only if work.only else \
            not self.only or work.name in self.only


def has_setting(build, name):
    """Whether our programs know it."""
    try:
        done = subprocess.run(
            [os.path.join(build, "fcgi", "sse.fcgi"), "--print-conf"],
            capture_output=True, text=True, check=True,
            env={**os.environ, "PUSHCGI_CONF": os.devnull})
    except (OSError, subprocess.CalledProcessError):
        return False
    section = ""
    for line in done.stdout.splitlines():
        line = line.lstrip("#; ")
        if line.startswith("["):
            section = line.strip("[]")
        elif line.split("=")[0].strip() == name.split(".")[1] and \
                section == name.split(".")[0]:
            return True
    return False


def variants(found, build):
    """Systems of ours with other settings."""
    if not found.ours or found.name != "lighttpd" or \
            not has_setting(build, "hold.gather"):
        return []
    return [Entry(found, "sse", f"PUSHCGI_HOLD_GATHER={GATHER_MS}",
                  f"hold.gather = {GATHER_MS} ms",
                  ("rush", "rush-post"))]


def entries(folder, build, only=()):
    """What can run here, and the reasons why the others do not. `only`: names of
    systems, or SYSTEM/TECHNIQUE."""
    programs = system.programs(folder)
    order = dict(ORDER)
    names = [n for n in order if n in programs] + \
        [n for n in programs if n not in order]
    missing = [(n, "there is no such system") for n in order
               if n not in programs]
    here = []
    for name in names:
        try:
            found = system.System(name, programs[name], build)
        except servers.Missing as why:
            missing.append((name, str(why)))
            continue
        techniques = [t for t in order.get(name, found.techniques[:1])
                      if t in found.techniques]
        here += [Entry(found, t, only=SOME.get(f"{name}/{t}", ()))
                 for t in techniques]
        here += variants(found, build)
    if only:
        here = [e for e in here if e.system.name in only or e.name in only]
        missing = [m for m in missing if m[0] in only]
    return here, missing


def seconds(here, works, rounds):
    """About what all of it takes."""
    total, silent = 0, 0
    for entry in here:
        does = [w for w in works if entry.does(w)]
        starts = rounds * (1 if not entry.system.restart else
                           sum(not w.once for w in does))
        total += START_S * starts if does else 0
        total += sum(w.seconds * (1 if w.once else rounds)
                     for w in does if not w.silent)
        silent = max([silent] + [w.silent for w in does])
        total += sum(w.seconds for w in does if w.silent)
    return total + silent
