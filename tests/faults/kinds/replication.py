# SPDX-License-Identifier: MIT
"""Masters and replicas."""

import asyncio

from kinds import always, fault


def no_replica(world):
    return None if world.replica else "a replica (setup replicas)"


@fault("redis")
async def replica_of_nobody_there(world, rng):
    """REPLICAOF an address where nothing listens: Redis is read-only."""
    await world.redis_ask("REPLICAOF", "127.0.0.1", "1")
    await asyncio.sleep(rng.uniform(1, 4))
    await world.redis_ask("REPLICAOF", "NO", "ONE")


@fault("redis", rewinds=always, missing=no_replica)
async def failover(world, rng):
    """The master is killed and the replica promoted, which was up to date."""
    await world.promote(kill=True)
    await asyncio.sleep(rng.uniform(0, 1))


@fault("redis", rewinds=always, missing=no_replica)
async def failover_with_lag(world, rng):
    """The replica gets nothing for a while; then it is promoted."""
    world.replica.freeze()
    await asyncio.sleep(rng.uniform(0.3, 2.5))
    await world.promote(kill=True)


@fault("redis", rewinds=always, missing=no_replica)
async def failover_of_a_living_master(world, rng):
    """The replica is promoted; the old master stays reachable, and becomes
    its replica later."""
    await world.promote(kill=False, seconds=rng.uniform(0, 2))


@fault("redis", rewinds=always, missing=no_replica)
async def reads_an_empty_master(world, rng):
    """REPLICAOF an empty Redis: all is gone."""
    await world.replicate_nothing()
    await asyncio.sleep(rng.uniform(0, 1))
