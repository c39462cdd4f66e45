# SPDX-License-Identifier: MIT
"""Processes that are killed, stopped for a while, or restarted."""

import asyncio
import os
import signal

from harness import process
from harness.apache import Apache, ApacheProxy
from kinds import fault


def loses(world):
    """A Redis that is killed loses its tail, unless it fsyncs always."""
    return world.durability != "always"


def loses_at_the_end(world):
    """After SIGTERM it saves if it is configured to save."""
    return world.durability == "none"


def signal_all(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def no_server(world):
    return None if world.site.process else "a web server of its own"


# --- responders --------------------------------------------------------------


@fault("responder", kills=True)
async def responder_kill(world, rng):
    """SIGKILL to all processes of one program."""
    await world.blocking(world.site.kill, rng.choice(world.programs))


@fault("responder")
async def responder_stop(world, rng):
    """One program is stopped by SIGSTOP, and goes on."""
    pids = world.site.responders(rng.choice(world.programs))
    signal_all(pids, signal.SIGSTOP)
    await asyncio.sleep(rng.uniform(0.5, 4))
    signal_all(pids, signal.SIGCONT)


@fault("responder", kills=True)
async def responder_term(world, rng):
    """SIGTERM to one program: it ends its streams and leaves."""
    name = rng.choice(world.programs)
    started = world.site.programs.get(name)
    if started:
        await world.blocking(started.stop)
        await world.blocking(world.site.start_program, name)
    else:
        signal_all(world.site.responders(name), signal.SIGTERM)


def start_server(site):
    """Only it: programs that it does not start still run."""
    if isinstance(site, ApacheProxy):
        Apache.start(site)
    else:
        site.start()


# --- the web server ----------------------------------------------------------


def programs_left(site):
    """What lighttpd forks just before it ends loses its SIGTERM and lives on.
    It is then a child of this process (start.py)."""
    ours = {program.pid for program in site.programs.values()}
    return [
        pid
        for pid in process.children(os.getpid())
        if pid not in ours
        and (process.command_line(pid) or [""])[0].endswith(".fcgi")
    ]


@fault("web", kills=True, missing=no_server)
async def web_kill(world, _rng):
    """SIGKILL to the web server and what it started; it is started again."""
    pids = process.descendants(world.site.process.pid)
    world.site.process.kill()
    process.kill_all(pids + programs_left(world.site))
    await world.blocking(start_server, world.site)


@fault("web", missing=no_server)
async def web_stop(world, rng):
    """The web server's processes are stopped by SIGSTOP, and go on."""
    pids = world.server_pids()
    signal_all(pids, signal.SIGSTOP)
    await asyncio.sleep(rng.uniform(0.5, 3))
    signal_all(pids, signal.SIGCONT)


@fault("web", kills=True, missing=no_server)
async def web_restart(world, _rng):
    """SIGTERM to the web server; it is started again."""
    pids = process.descendants(world.site.process.pid)
    await world.blocking(world.site.process.stop, 20)
    process.kill_all(pids + programs_left(world.site))
    await world.blocking(start_server, world.site)


@fault("web", kills=True, missing=no_server)
async def web_graceful(world, _rng):
    """SIGUSR1: the web server reads its configuration again."""
    world.site.process.signal(signal.SIGUSR1)
    await asyncio.sleep(1)


# --- Redis -------------------------------------------------------------------


@fault("redis", rewinds=loses)
async def redis_kill(world, rng):
    """SIGKILL to Redis; it is started again, at once or later."""
    await world.blocking(world.redis.crash)
    await asyncio.sleep(rng.choice((0, 0, 0.5, 3)))
    await world.blocking(world.redis.start)


@fault("redis")
async def redis_stop(world, rng):
    """Redis is stopped by SIGSTOP, and goes on."""
    world.redis.freeze()
    await asyncio.sleep(rng.uniform(0.5, 8))
    world.redis.thaw()


@fault("redis", rewinds=loses_at_the_end)
async def redis_term(world, rng):
    """SIGTERM to Redis; it is started again, at once or later."""
    await world.blocking(world.redis.process.stop, 20)
    await asyncio.sleep(rng.choice((0, 0, 1, 3)))
    await world.blocking(world.redis.start)


@fault("redis", rewinds=loses)
async def redis_kill_twice(world, rng):
    """SIGKILL to Redis, and again while all are connecting."""
    for _ in range(2):
        await world.blocking(world.redis.crash)
        await world.blocking(world.redis.start)
        await asyncio.sleep(rng.uniform(0, 0.4))
