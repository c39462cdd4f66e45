# SPDX-License-Identifier: MIT
"""Servers that the tests of a worker share, one for each kind and settings."""

import collections
import os

from harness import process
from harness.check import Failed
from harness.lighttpd import Lighttpd
from harness.site import Site
from harness.stage import Stage
from harness.webdriver import Browser

MOST = 6  # of them run at once; the one not used for longest is stopped
REDIS, BROWSER = ("redis",), ("browser",)


def frozen(values):
    return tuple(sorted((values or {}).items()))


class Shared:
    """A server, or a browser, with a stage of its own."""

    def __init__(self, make):
        self.stage, self.users = Stage(), []
        before = set(process.descendants(os.getpid()))
        try:
            self.thing = make(self.stage)
        except BaseException:
            self.stage.close()
            self.stage.remove()
            raise
        self.started = set(process.descendants(os.getpid())) - before

    def faults(self):
        """What the last test did to it."""
        found = self.stage.crash_words()
        try:
            intact = self.thing.intact()
        except Exception as why:
            return [*found, f"{type(self.thing).__name__}: {why}"]
        if not intact:
            found.append(f"{type(self.thing).__name__} died or was restarted")
        return found

    def stop(self):
        found = self.stage.close()
        process.kill_all(pid for pid in self.started if process.is_child(pid))
        tails = self.stage.log_tails()
        self.stage.remove()
        if not found:
            return []
        users = ", ".join(self.users[-5:])
        return [f"when it was stopped, after {users}:", *found, *tails]


class Pool:
    def __init__(self):
        self.all = collections.OrderedDict()  # the last used is the last
        self.used, self.test = set(), ""
        self.faults, self.bad = [], set()

    def get(self, key, make):
        if key not in self.all:
            self.all[key] = Shared(make)
        shared = self.all[key]
        self.all.move_to_end(key)
        if key not in self.used:
            self.used.add(key)
            shared.users.append(self.test)
        return shared.thing

    # --- for tests ---------------------------------------------------------

    def redis(self):
        return self.get(REDIS, lambda stage: stage.redis())

    def site(self, settings=None, server=Lighttpd, **options):
        """A server with the shipped file; its Redis is that of redis()."""
        redis = self.redis()
        options.setdefault("websocket", True)
        return self.get(
            (server, frozen(settings), frozen(options)),
            lambda stage: stage.site(settings, redis, server, **options),
        )

    def responder(self, program, settings=None):
        redis = self.redis()
        return self.get(
            (program, frozen(settings)),
            lambda stage: stage.responder(program, settings, redis),
        )

    def browser(self):
        """Chromium with one empty tab, and nothing stored."""
        browser = self.get(
            BROWSER, lambda stage: stage.add(Browser(stage.sub("browser")))
        )
        browser.renew()
        return browser

    def leave(self):
        """Ends the pages of the test."""
        try:
            self.all[BROWSER].thing.renew()
        except (Failed, OSError) as why:
            self.faults.append(f"Chromium: {why}")
            self.bad.add(BROWSER)

    # --- between tests -----------------------------------------------------

    def begin(self, test):
        self.test = test
        self.used.clear()
        self.faults, self.bad = [], set()
        for shared in self.all.values():
            shared.stage.mark_logs()

    def started(self):
        """The processes at the top of all that runs, and others of them."""
        return set().union(*(shared.started for shared in self.all.values()))

    def log_tails(self):
        """Of what the test used: what was logged since its begin."""
        tails = []
        for key in self.used:
            if key in self.all:
                tails += self.all[key].stage.log_tails()
        return tails

    def end(self, failed):
        """Returns the faults. What is damaged, or was used by a test that
        failed, is stopped: the next test gets a new one."""
        faults, bad = self.faults, self.bad
        for key, shared in self.all.items():
            if isinstance(shared.thing, Site):
                shared.thing.release()
            found = shared.faults()
            if found:
                faults += [*found, *shared.stage.log_tails()]
            if found or (failed and key in self.used):
                bad.add(key)
        if REDIS in bad:  # the others use it
            bad |= {key for key in self.all if key != BROWSER}
        faults += self.stop(bad)
        room = [k for k in self.all if k not in (REDIS, BROWSER)][:-MOST]
        return faults + self.stop(room)

    def stop(self, keys):
        faults = []
        for key in sorted(keys, key=lambda key: key == REDIS):  # it is last
            if key in self.all:
                faults += self.all.pop(key).stop()
        return faults

    def close(self):
        return self.stop(list(self.all))
