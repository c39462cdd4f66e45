# SPDX-License-Identifier: MIT
"""Beside what is tried on a site: a visitor of a page, and crowds of subscribers in
processes of their own (arrivals.py)."""

import http.client
import json
import os
import resource
import subprocess
import sys
import threading
import time

from harness import web
from harness.process import clean_environment
from harness.site import build

HERE = os.path.dirname(os.path.realpath(__file__))
CHANNEL = "crowd"
PAGE = "/index.html"
PAUSE = 0.05  # s between two pages
A_PROCESS = 3500  # subscribers of one, at most


class Visitor(threading.Thread):
    """Asks for a page again and again, each time in a new connection."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.over = port, False
        self.times, self.failed = [], 0
        self.waited = 0.0  # s, the longest time until a page came
        self.start()

    def run(self):
        since = None  # nothing has come
        while not self.over:
            start = time.monotonic()
            since = since or start
            good = self.asks()
            now = time.monotonic()
            self.times.append(now - start)
            self.waited = max(self.waited, now - since)
            if good:
                since = None
            time.sleep(PAUSE)

    def asks(self):
        try:
            good = web.request(self.port, "GET", PAGE).status == 200
        except (OSError, http.client.HTTPException):
            good = False
        self.failed += not good
        return good

    def end(self):
        self.over = True
        self.join()
        return self

    def __str__(self):
        times = sorted(1000 * one for one in self.times)
        p50, p99 = (times[int(len(times) * q)] for q in (0.5, 0.99))
        return (
            f"{len(times)} pages, {self.failed} failed, p50 {p50:.1f} ms, "
            f"p99 {p99:.1f} ms, max {times[-1]:.1f} ms"
        )


def descriptors():
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def publish(settings, number):
    subprocess.run(
        [build("push-publish"), CHANNEL, str(number)],
        env=clean_environment(settings),
        stdout=subprocess.DEVNULL,
        check=True,
    )


def start_crowds(port, kind, count, rate):
    most = min(A_PROCESS, descriptors() - 100)
    processes = -(-count // most)
    return [
        subprocess.Popen(
            [
                sys.executable,
                os.path.join(HERE, "arrivals.py"),
                *map(
                    str,
                    (
                        port,
                        kind,
                        CHANNEL,
                        count // processes + (n < count % processes),
                        rate / processes,
                        n,
                    ),
                ),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(processes)
    ]


def reports(crowds, published):
    for crowd in crowds:
        crowd.stdin.write(f"{published}\n")
        crowd.stdin.flush()
    return [json.loads(crowd.communicate()[0]) for crowd in crowds]


def total(reported, what):
    return sum(one[what] for one in reported)
