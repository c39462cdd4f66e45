#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Breaks Redis, the network, processes and the machine under a site with
subscribers and publishers, and checks that nothing is lost untold, doubled or
out of order.

    make faults SECONDS=3600 SEED=7         in the build directory
    tests/faults/run.py --short
    tests/faults/run.py --only redis-kill --setup apache-proxy --rounds 5
    tests/faults/run.py --seed 7/12         one world again, as the run says

A world is one set-up with a number of rounds. Each has a seed of its own; when
a round fails, it is printed, and the logs of all processes are kept in
tests/faults-results/ of the build directory. PUSHCGI_BUILD names that.
"""

import argparse
import collections
import os
import random
import sys
import time
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import start  # noqa: E402  # finds the harness of the others

import kinds  # noqa: E402
import schedule  # noqa: E402
import setups  # noqa: E402
from bus_server import DURABILITY  # noqa: E402
from checker import Checker, Violation  # noqa: E402
from rounds import Round  # noqa: E402
from world import World  # noqa: E402

PUBLISHERS = (
    "http+keys,http,command+keys,cgi,websocket,websocket+keys,lines,retry,"
    "spool"
)
SHORT_SECONDS = 185
# What other set-ups have, or another durability.
OF_OTHER_WORLDS = ("two", "a replica", "an AOF", "no AOF", "a web server")


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--seconds", type=float, default=600, help="for the whole run")
    add("--seed", default=None, help="of the run, or SEED/WORLD")
    add("--setup", action="append", help="only these; see --list")
    add("--only", action="append", help="only these faults, or a+b")
    add("--redis", choices=sorted(DURABILITY), help="its durability")
    add("--rounds", type=int, default=6, help="of a world")
    add("--subscribers", type=int, default=40)
    add("--publishers", default=PUBLISHERS, help=f"default: {PUBLISHERS}")
    add("--rate", type=float, default=3.0, help="messages/s of a publisher")
    add("--slow", type=float, default=0.1, help="part of slow connections")
    add("--bound", type=float, default=20.0, help="s until a next message")
    add("--memory", type=int, default=64, help="MB of a program")
    add("--set", action="append", default=[], metavar="NAME=VALUE")
    add("--keep-going", action="store_true", help="also after a violation")
    add("--short", action="store_true", help="the kinds that once broke")
    add("--list", action="store_true", help="faults and set-ups")
    options = parser.parse_args()
    options.publishers = options.publishers.split(",")
    options.settings = dict(pair.split("=", 1) for pair in options.set)
    return options


def show_list():
    print("set-ups:")
    for name, setup in setups.all_setups().items():
        print(f"  {name:18} {setup.help}")
    print("faults:")
    for name, fault in sorted(kinds.table().items()):
        print(f"  {name:28} {fault.help}")


class Totals:
    def __init__(self):
        self.counts = collections.Counter()
        self.faults = collections.Counter()
        self.excused = collections.Counter()
        self.kinds = collections.Counter()
        self.memory, self.silences = {}, []
        self.failures = []  # (seed of a world, round, violations)

    def add(self, world, checker):
        self.counts["messages"] += world.model.acked()
        for subscriber in world.subscribers:
            self.counts["reconnects"] += len(subscriber.links) - 1
            for journal in subscriber.journals.values():
                self.counts["deliveries"] += len(journal.of("message"))
                self.counts["gaps told"] += len(journal.of("gap"))
        self.excused.update(checker.excused)
        self.silences += checker.silences
        for name, used in world.memory.items():
            self.memory[name] = max(self.memory.get(name, 0), used)

    def driver_failed(self, seed):
        """Then this world says nothing more."""
        return any(
            getattr(violation, "kind", "") == "driver"
            for failed, _, violations in self.failures
            if failed == seed
            for violation in violations
        )

    def line(self):
        counts = self.counts
        return (
            f"{counts['rounds']} rounds, {sum(self.faults.values())} faults, "
            f"{counts['messages']} messages, {counts['deliveries']} "
            f"deliveries, {counts['reconnects']} reconnects, "
            f"{counts['gaps told']} gaps told, {sum(self.kinds.values())} "
            "violations"
        )

    def show(self, missing):
        print("\n" + self.line())
        print("faults:", ", ".join(f"{n} {k}" for k, n in self.faults.items()))
        if self.silences:
            got = sorted(self.silences)
            print(
                "from the end of the faults to the next message: p50 "
                f"{got[len(got) // 2]:.2f} s, p99 "
                f"{got[len(got) * 99 // 100]:.2f} s, max {got[-1]:.2f} s"
            )
        if self.memory:
            used = max(self.memory.items(), key=lambda pair: pair[1])
            print(f"most memory: {used[1]} KB of {used[0]}")
        for why, count in self.excused.items():
            print(f"untold, and not to be told: {count}: {why}")
        for what in missing:
            print(f"not done here: {what}")
        for kind, count in self.kinds.most_common():
            print(f"VIOLATION {kind}: {count}")
        for seed, number, violations in self.failures:
            found = collections.Counter(v.kind for v in violations)
            print(
                f"failed: --seed {seed}, round {number}: "
                + ", ".join(f"{n} {k}" for k, n in found.items())
            )


class Run:
    def __init__(self, options):
        self.options, self.totals = options, Totals()
        seed, _, world = (options.seed or "").partition("/")
        self.seed = seed or str(random.randrange(10**6))
        self.world_only = int(world) if world else None
        self.end = time.monotonic() + options.seconds
        self.missing = set(schedule.LEFT_OUT if options.short else ())
        self.setups = self.choose_setups()

    def choose_setups(self):
        known, chosen = setups.all_setups(), []
        names = list(schedule.SHORT_OF) if self.options.short else list(known)
        for name in self.options.setup or names:
            if name not in known:
                sys.exit(f"run.py: no set-up {name}; try --list")
            why = setups.missing(known[name])
            if why:
                self.missing.add(f"set-up {name}: it takes {why}")
            else:
                chosen.append(known[name])
        return chosen

    def left(self):
        return self.end - time.monotonic()

    # --- worlds -------------------------------------------------------------

    async def run(self):
        """Returns the exit status."""
        print(f"seed {self.seed}", flush=True)
        number = self.world_only or 0
        while self.left() > 0 or self.options.short:
            await self.world(number)
            number += 1
            if self.world_only is not None or self.failed():
                break
            if self.options.short and number == len(self.setups):
                break
        self.totals.show(sorted(self.missing))
        return 1 if self.totals.failures else 0

    def failed(self):
        return self.totals.failures and not self.options.keep_going

    def rounds(self, world, rng):
        """The faults of each round."""
        if self.options.short:
            yield from schedule.short(world)
            return
        for _ in range(self.options.rounds):
            if self.options.only and "+" in self.options.only[0]:
                yield [(0.0, f) for f in schedule.parse(self.options.only[0])]
            else:
                yield schedule.draw(world, rng, self.options.only)

    async def world(self, number):
        setup = self.setups[number % len(self.setups)]
        seed = f"{self.seed}/{number}"
        rng = random.Random(seed)
        durability = rng.choice(sorted(DURABILITY))
        if self.options.short:
            durability = "none"
        durability = self.options.redis or durability
        world = World(setup, seed, self.options, durability)
        checker = Checker(world.model, self.options.bound)
        print(f"world {number}: {setup.name}, Redis {durability}", flush=True)
        try:
            await world.start()
            self.declare(world)
            for n, faults in enumerate(self.rounds(world, rng)):
                if self.left() < 0:
                    self.no_time_for(setup, faults)
                    continue
                await self.round(world, checker, n, faults)
                if self.failed() or self.totals.driver_failed(seed):
                    break
        finally:
            self.totals.add(world, checker)
            found = await world.close()
            if found:
                self.fail(world, -1, [f"at the end: {f}" for f in found])
            world.remove()

    def no_time_for(self, setup, faults):
        """Of the short run, whose rounds are planned, it is said."""
        if self.options.short:
            names = "+".join(fault.name for _, fault in faults)
            self.missing.add(f"{setup.name} {names}: no time was left")

    def declare(self, world):
        for name, fault in kinds.table().items():
            what = fault.missing(world)
            if what and not what.startswith(OF_OTHER_WORLDS):
                said = f"{name}: it takes {what}"
                if said not in self.missing:
                    print(f"not done here: {said}", flush=True)
                self.missing.add(said)

    async def round(self, world, checker, number, faults):
        began = time.monotonic()
        for _, fault in faults:
            self.totals.faults[fault.name] += 1
        try:
            violations = await Round(world, checker, number, faults).run()
        except Exception as why:  # the driver's own fault is one, too
            traceback.print_exc()
            violations = [Violation("driver", "-", "-", repr(why))]
        self.totals.counts["rounds"] += 1
        names = "+".join(fault.name for _, fault in faults)
        print(
            f"{world.setup.name} {number} {names}: "
            f"{len(violations)} violations, "
            f"{time.monotonic() - began:.1f} s",
            flush=True,
        )
        if violations:
            self.fail(world, number, violations)

    def fail(self, world, number, violations):
        self.totals.failures.append((world.seed, number, violations))
        for violation in violations:
            self.totals.kinds[getattr(violation, "kind", "end")] += 1
        folder = os.path.join(
            os.environ["PUSHCGI_BUILD"],
            "tests",
            "faults-results",
            f"{world.seed.replace('/', '-')}-{number}",
        )
        os.makedirs(folder, exist_ok=True)
        world.keep_logs(folder)
        world.keep_journals(
            folder, {getattr(v, "subscriber", "") for v in violations[:20]}
        )
        with open(os.path.join(folder, "violations.txt"), "w") as out:
            out.write("".join(f"{v}\n" for v in violations))
        for violation in violations[:8]:
            print(f"  {violation}"[:200])
        print(f"  seed {world.seed}, logs in {folder}", flush=True)


def main():
    options = parse_arguments()
    if options.list:
        show_list()
        return 0
    if options.short:
        options.seconds, options.keep_going = SHORT_SECONDS, True
        options.seed, options.rate = options.seed or "1", 6.0
    return start.run(Run(options).run())


if __name__ == "__main__":
    sys.exit(main())
