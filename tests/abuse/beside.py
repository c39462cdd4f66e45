# SPDX-License-Identifier: MIT
"""A plugin of pytest: the fixture `attack`, and the table at the end."""

import os

import pytest

from bounds import Bound, SLACK, REDIS_SLACK

from harness.check import shorten
from harness.lighttpd import Lighttpd
from harness.site import plainly_built
from innocents import Innocents, nobody

ROWS = []
HEADS = (
    "case",
    "what it got",
    "what the others noticed",
    "peak memory of a responder",
    "peak memory of Redis",
)
SANITIZED = 3  # memory of a sanitizer's: between blocks, and what was freed


class Meters:
    """Of the programs of a site, and of its Redis, from now on."""

    def __init__(self, site):
        self.site = site
        self.programs = {
            pid: name
            for name in (*site.programs, *getattr(site, "names", ()))
            for pid in site.responders(name)
        }
        self.before = {pid: status_kb(pid, "VmRSS") for pid in self.programs}
        for pid in self.programs:
            with open(f"/proc/{pid}/clear_refs", "w") as out:
                out.write("5")  # the peak is that of now
        self.redis_before = self.redis("used_memory")

    def redis(self, name):
        text = self.site.redis("INFO", "memory")
        text = text.decode() if isinstance(text, bytes) else text
        return int(text.split(f"\r\n{name}:")[1].split("\r\n")[0])

    def responder(self):
        """Name, peak and growth of the program that grew most, in bytes."""
        grown = {
            pid: status_kb(pid, "VmHWM") - self.before[pid]
            for pid in self.programs
        }
        pid = max(grown, key=grown.get)
        peak = self.before[pid] + grown[pid]
        return self.programs[pid], peak << 10, max(grown[pid], 0) << 10

    def of_redis(self):
        peak = self.redis("used_memory_peak")
        return peak, max(peak - self.redis_before, 0)


def status_kb(pid, name):
    with open(f"/proc/{pid}/status") as f:
        return int(f.read().split(f"\n{name}:")[1].split()[0])


def megabytes(peak, grown, bound):
    return f"{peak / 1e6:.0f} MB, +{grown / 1e6:.1f} of {bound.size / 1e6:.0f}"


class Beside:
    """What goes on beside an attack, as a context."""

    def __init__(self, attack, name, responder, redis, headers, full):
        self.attack, self.name, self.headers = attack, name, headers
        self.full = full
        self.bounds = responder, redis
        self.said, self.innocents = [], None

    def got(self, text):
        """What the attacker got."""
        self.said.append(text)

    def __enter__(self):
        site = self.attack.site
        self.innocents = Innocents(site.port, self.headers)
        self.attack.stage.add(self.innocents)
        self.meters = Meters(site)
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            return
        site = self.attack.site
        report = self.innocents.finish()
        alive = site.intact()
        assert alive, "a process ended or was restarted"
        assert site.redis.intact(), "Redis ended"
        name, peak, grown = self.meters.responder()
        redis_peak, redis_grown = self.meters.of_redis()
        ROWS.append(
            (
                self.name,
                "; ".join(self.said),
                noticed(report),
                f"{name} {megabytes(peak, grown, self.bounds[0])}",
                megabytes(redis_peak, redis_grown, self.bounds[1]),
            )
        )
        assert not report["faults"], (
            f"the others noticed {len(report['faults'])} things: "
            + "\n".join(shorten(one, 900) for one in report["faults"][:8])
        )
        assert self.full or not report["told"], (
            f"others were told to come back: {report['told']} times"
        )
        assert self.said, "nobody says what the attacker got"
        limit = self.bounds[0].size * (1 if plainly_built() else SANITIZED)
        assert grown < limit, f"{name} grew by {grown}, of {self.bounds[0]}"
        assert (
            redis_grown < self.bounds[1].size
        ), f"Redis grew by {redis_grown}, of {self.bounds[1]}"


def noticed(report):
    middle, most, worst = report["late"]
    if report["faults"]:
        said = f"{len(report['faults'])} FAULTS"
    else:
        said = "nothing"
    if report["told"]:
        said += f", but polls were told {report['told']} times to come back"
    return (
        f"{said}: {report['published']} messages, {report['delivered']} "
        f"deliveries, p50 {middle} ms, p99 {most}, at most {worst}; "
        f"publications at most {report['publish']}, pages {report['page']}"
    )


class Attack:
    """One attack of a test, on servers of its own."""

    def __init__(self, stage):
        self.stage, self.site = stage, None

    def on(self, server=Lighttpd, settings=None, **options):
        """A site with the shipped files. It logs as by default."""
        self.site = self.stage.site(
            {"log.level": None, **(settings or {})},
            server=server,
            websocket=True,
            **options,
        )
        return self.site

    def fill(self, channel, texts):
        """Publishes as a script of the site does; returns the ids."""
        return self.stage.command(self.site).lines(channel, texts)

    def socket(self, name):
        """That of a program: only the web server may connect to it."""
        own = os.path.join(self.site.folder, f"{name}.sock")
        if name in self.site.programs:
            return own
        return os.path.join(self.site.folder, f"pushcgi-{name}.sock-0")

    def beside(
        self,
        name,
        responder=SLACK,
        redis=REDIS_SLACK,
        headers=nobody,
        full=False,
    ):
        """`full`: nobody else is held, so who polls is told to come back."""
        assert isinstance(responder, Bound) and isinstance(redis, Bound)
        return Beside(self, name, responder, redis, headers, full)


@pytest.fixture
def attack(stage, monkeypatch):
    options = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"
    monkeypatch.setenv("ASAN_OPTIONS", options)  # it keeps what is freed
    return Attack(stage)


def pytest_addoption(parser):
    group = parser.getgroup("pushcgi")
    group.addoption(
        "--quick", action="store_true", help="only tests with the mark quick"
    )
    group.addoption(
        "--others", action="store_true", help="only tests without it"
    )


def pytest_collection_modifyitems(config, items):
    quick, others = config.getoption("quick"), config.getoption("others")
    if quick == others:
        return
    wanted = {item: is_quick(item) == quick for item in items}
    config.hook.pytest_deselected(items=[i for i in items if not wanted[i]])
    items[:] = [i for i in items if wanted[i]]


def is_quick(item):
    return item.get_closest_marker("quick") is not None


def pytest_terminal_summary(terminalreporter):
    if not ROWS:
        return
    terminalreporter.section("abuse")
    lines = [HEADS, ("---",) * len(HEADS), *ROWS]
    for line in lines:
        terminalreporter.write("| " + " | ".join(line) + " |\n")
