# SPDX-License-Identifier: MIT
"""The machine: its clock, its descriptors, its disk."""

import asyncio
import os
import resource

from kinds import always, fault

ROOM = 2  # descriptors left


def no_clock(world):
    return None if world.redis.clock else "a C compiler (for clock.c)"


def no_disk(world):
    if world.durability not in ("everysec", "always"):
        return "an AOF"
    return None if world.redis.disk else "a small disk (to mount a tmpfs)"


@fault("clock", missing=no_clock)
async def clock_back(world, rng):
    """The clock of Redis is set back for a while."""
    world.set_clock(-rng.randrange(2, 3600))
    await asyncio.sleep(rng.uniform(1, 4))
    world.set_clock(0)


@fault("clock", missing=no_clock, rewinds=always)
async def clock_back_and_empty(world, rng):
    """Redis is emptied and its clock is set back."""
    world.set_clock(-rng.randrange(2, 3600))
    await world.redis_ask("FLUSHALL")
    await asyncio.sleep(rng.uniform(1, 4))
    world.set_clock(0)


@fault("clock", missing=no_clock)
async def clock_steps(world, rng):
    """The clock of Redis goes to and fro by seconds."""
    for _ in range(10):
        world.set_clock(rng.randrange(-20, 1))
        await asyncio.sleep(rng.uniform(0.1, 0.5))
    world.set_clock(0)


def open_files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


async def exhaust(pids, seconds):
    """The processes get no new descriptor for a while."""
    limits = {}
    for pid in pids:
        try:
            soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
            left = (min(open_files(pid) + ROOM, hard), hard)
            resource.prlimit(pid, resource.RLIMIT_NOFILE, left)
            limits[pid] = (soft, hard)
        except OSError:
            pass  # it has ended
    await asyncio.sleep(seconds)
    for pid, limit in limits.items():
        try:
            resource.prlimit(pid, resource.RLIMIT_NOFILE, limit)
        except OSError:
            pass


@fault("responder")
async def descriptors_of_responders(world, rng):
    """A program has no descriptors left."""
    pids = world.site.responders(rng.choice(world.programs))
    await exhaust(pids, rng.uniform(1, 4))


@fault("web")
async def descriptors_of_the_server(world, rng):
    """The web server has no descriptors left."""
    await exhaust(world.server_pids(), rng.uniform(1, 3))


@fault("redis")
async def descriptors_of_redis(world, rng):
    """Redis has no descriptors left, and its connections are cut."""
    pid = world.redis.process.pid
    world.wire.cut(rng)
    await exhaust([pid], rng.uniform(1, 3))


@fault("redis", missing=no_disk)
async def disk_full(world, rng):
    """The disk of Redis is full: it cannot write its AOF."""
    path = os.path.join(world.redis.data, "ballast")
    with open(path, "wb", buffering=0) as out:
        try:
            while out.write(bytes(65536)) == 65536:
                pass
        except OSError:
            pass
    await asyncio.sleep(rng.uniform(1, 4))
    os.unlink(path)
