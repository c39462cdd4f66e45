# SPDX-License-Identifier: MIT
"""The connections to Redis fail as networks do; see wire.py."""

import asyncio

import wire
from kinds import fault

SUBSCRIPTION, COMMANDS = ("subscription",), ("commands",)


async def hold(world, seconds, **which):
    world.wire.set(wire.HOLD, **which)
    await asyncio.sleep(seconds)
    world.wire.set(wire.PASS, **which)


@fault("network")
async def cut(world, rng):
    """Connections are cut after a random number of bytes, several times."""
    for _ in range(rng.randrange(1, 6)):
        world.wire.cut(rng, most=rng.choice((10, 200, 5000)))
        await asyncio.sleep(rng.uniform(0.1, 0.8))


@fault("network")
async def delay(world, rng):
    """Each read of the network takes longer."""
    world.wire.delay = rng.choice((0.02, 0.1, 0.5))
    await asyncio.sleep(rng.uniform(1, 4))
    world.wire.delay = 0.0


@fault("network")
async def refused(world, rng):
    """Connections end, and new ones are refused."""
    world.wire.refuse = True
    world.wire.close_all()
    await asyncio.sleep(rng.uniform(0.5, 4))
    world.wire.refuse = False


@fault("network")
async def black_hole(world, rng):
    """Nothing passes for a while; then what was sent arrives."""
    await hold(world, rng.uniform(0.5, 9))


@fault("network")
async def black_hole_of_subscriptions(world, rng):
    """Nothing passes to and from subscriptions; commands work."""
    await hold(world, rng.uniform(2, 10), kinds=SUBSCRIPTION)


@fault("network")
async def black_hole_of_commands(world, rng):
    """Nothing passes to and from connections for commands."""
    await hold(world, rng.uniform(1, 9), kinds=COMMANDS)


@fault("network")
async def mute(world, rng):
    """One direction carries nothing for a while."""
    await hold(
        world,
        rng.uniform(0.5, 8),
        kinds=rng.choice((SUBSCRIPTION, COMMANDS, wire.KINDS)),
        ways=(rng.choice(wire.WAYS),),
    )


@fault("network")
async def dead_connections(world, rng):
    """The connections of now carry nothing any more and stay open."""
    world.wire.lose(
        kinds=rng.choice((SUBSCRIPTION, COMMANDS, wire.KINDS)),
        ways=rng.choice((wire.WAYS, ("up",), ("down",))),
    )
    await asyncio.sleep(rng.uniform(1, 4))


# --- hosts -------------------------------------------------------------------


def one_host(world):
    return None if world.hosts else "two hosts (setup hosts)"


@fault("link", missing=one_host)
async def link_down(world, rng):
    """The link between the second host and Redis is down for a while."""
    await world.hosts.link(False)
    await asyncio.sleep(rng.uniform(0.5, 8))
    await world.hosts.link(True)


@fault("link", missing=one_host)
async def link_flaps(world, rng):
    """The link between the second host and Redis goes down and up."""
    for _ in range(rng.randrange(2, 8)):
        await world.hosts.link(False)
        await asyncio.sleep(rng.uniform(0.1, 1))
        await world.hosts.link(True)
        await asyncio.sleep(rng.uniform(0.1, 1))
