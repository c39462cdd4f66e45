# SPDX-License-Identifier: MIT
"""What Redis keeps is removed, replaced, or added to by others."""

import asyncio
import time

from kinds import always, fault
from model import parse_id


@fault("keys", rewinds=always)
async def flush_all(world, _rng):
    """FLUSHALL."""
    await world.redis_ask("FLUSHALL")


@fault("keys", rewinds=always)
async def delete_channel(world, rng):
    """DEL of the log and the tip of a channel."""
    channel = rng.choice(world.channels)
    await world.redis_ask("DEL", *world.keys(channel))


@fault("keys")
async def delete_log(world, rng):
    """DEL of the log of a channel; its tip stays."""
    await world.redis_ask("DEL", world.keys(rng.choice(world.channels))[0])


@fault("keys")
async def delete_tip(world, rng):
    """DEL of the tips, as eviction does; the logs stay."""
    for _ in range(3):
        for channel in world.channels:
            await world.redis_ask("DEL", world.keys(channel)[1])
            await asyncio.sleep(rng.uniform(0, 0.5))


@fault("keys")
async def replace_tip(world, rng):
    """The tip is set to an older id, the one before the last."""
    for _ in range(3):
        for channel in world.channels:
            log, tip = world.keys(channel)
            last = await world.redis_ask(
                "XREVRANGE", log, "+", "-", "COUNT", 2
            )
            if last and len(last) == 2:
                await world.redis_ask("SET", tip, last[1][0])
            await asyncio.sleep(rng.uniform(0, 0.3))


@fault("keys")
async def rename_log(world, rng):
    """RENAME of the log of a channel; its tip stays."""
    log = world.keys(rng.choice(world.channels))[0]
    await world.redis_ask("RENAME", log, f"{log}:away")


@fault("keys", rewinds=always)
async def expire(world, rng):
    """The log, or the tip and the log, of a channel expires now."""
    log, tip = world.keys(rng.choice(world.channels))
    for key in rng.choice(((log,), (log, tip))):
        await world.redis_ask("PEXPIRE", key, 1)


@fault("keys", rewinds=always)
async def evict(world, rng):
    """Redis is above maxmemory and evicts keys at random."""
    await world.fill_memory("allkeys-random")
    await asyncio.sleep(rng.uniform(0.5, 1.5))
    await world.empty_memory()


@fault("keys")
async def out_of_memory(world, rng):
    """Redis is above maxmemory and refuses to write."""
    await world.redis_ask("CONFIG", "SET", "maxmemory-policy", "noeviction")
    await world.redis_ask("CONFIG", "SET", "maxmemory", 1)
    await asyncio.sleep(rng.uniform(1, 3))
    await world.redis_ask("CONFIG", "SET", "maxmemory", 0)


@fault("keys")
async def foreign_entry(world, rng):
    """Somebody's own XADD into the log of a channel."""
    for _ in range(rng.randrange(1, 4)):
        channel = rng.choice(world.channels)
        id_ = await world.redis_ask(
            "XADD", world.keys(channel)[0], "*", "temperature", "21"
        )
        if id_:
            foreign = world.model.channel(channel).foreign
            foreign[parse_id(id_)] = time.monotonic()
        await asyncio.sleep(rng.uniform(0, 0.5))
