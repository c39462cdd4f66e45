# SPDX-License-Identifier: MIT
"""The faults: small functions in a table. Each gets the world and a source of
random numbers, breaks something for a while, and mends it."""

import dataclasses
import importlib

TABLE = {}
ROOMS = (
    "processes",
    "handoff",
    "commands",
    "data",
    "access",
    "network",
    "machine",
    "replication",
)


def never(_world):
    return False


def always(_world):
    return True


def nothing(_world):
    return None


@dataclasses.dataclass(frozen=True)
class Fault:
    """`area`: two faults of one area are not made at once. `rewinds`: may
    Redis lose what it had acknowledged? `kills`: are programs of ours killed?
    `missing`: what this world lacks for it, or None."""

    name: str
    run: object
    area: str
    rewinds: object
    kills: bool
    missing: object

    @property
    def help(self):
        return " ".join(self.run.__doc__.split())


def fault(area, rewinds=never, kills=False, missing=nothing):
    def add(run):
        name = run.__name__.replace("_", "-")
        TABLE[name] = Fault(name, run, area, rewinds, kills, missing)
        return run

    return add


def table():
    for room in ROOMS:
        importlib.import_module(f"kinds.{room}")
    return TABLE
