# SPDX-License-Identifier: MIT
"""Redis forbids what it has allowed."""

import asyncio

from kinds import fault


async def forbid(world, rng, *rules):
    await world.redis_ask("ACL", "SETUSER", "default", *rules)
    await asyncio.sleep(rng.uniform(1, 4))
    await world.allow_all()


@fault("access")
async def acl_no_set(world, rng):
    """An ACL forbids SET, which moves the tip."""
    await forbid(world, rng, "-set")


@fault("access")
async def acl_no_xadd(world, rng):
    """An ACL forbids XADD."""
    await forbid(world, rng, "-xadd")


@fault("access")
async def acl_no_publish(world, rng):
    """An ACL forbids PUBLISH."""
    await forbid(world, rng, "-publish")


@fault("access")
async def acl_no_history(world, rng):
    """An ACL forbids XRANGE and XREVRANGE."""
    await forbid(world, rng, "-xrange", "-xrevrange")


@fault("access")
async def acl_no_script(world, rng):
    """An ACL forbids scripts."""
    await forbid(world, rng, "-eval", "-evalsha", "-script")


@fault("access")
async def acl_no_channels(world, rng):
    """An ACL forbids all pub/sub channels."""
    await forbid(world, rng, "resetchannels")


@fault("access")
async def acl_no_expire(world, rng):
    """An ACL forbids EXPIRE and XTRIM, after XADD in the script."""
    await forbid(world, rng, rng.choice(("-expire", "-xtrim")))


@fault("access")
async def acl_off(world, rng):
    """The user is switched off, and its connections are closed."""
    await world.redis_ask("ACL", "SETUSER", "default", "off")
    await world.redis_ask("CLIENT", "KILL", "TYPE", "normal")
    await world.redis_ask("CLIENT", "KILL", "TYPE", "pubsub")
    await asyncio.sleep(rng.uniform(1, 4))
    await world.allow_all()


@fault("access")
async def require_pass(world, rng):
    """requirepass is set; new connections get NOAUTH."""
    await world.redis_ask("CONFIG", "SET", "requirepass", "secret")
    await world.redis_ask("CLIENT", "KILL", "TYPE", "normal")
    if rng.random() < 0.7:
        await world.redis_ask("CLIENT", "KILL", "TYPE", "pubsub")
    await asyncio.sleep(rng.uniform(1, 4))
    await world.allow_all()
