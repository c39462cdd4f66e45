# SPDX-License-Identifier: MIT
"""What an operator may tell Redis, and what stops it for a while."""

import asyncio

import admin
from kinds import always, fault

BUSY = "local n = 0; while true do n = n + 1 end"


@fault("commands")
async def client_kill(world, rng):
    """CLIENT KILL of the connections for commands, for subscriptions, or
    both."""
    for _ in range(rng.randrange(1, 6)):
        kinds = rng.choice((("normal",), ("pubsub",), ("normal", "pubsub")))
        for kind in kinds:
            await world.redis_ask("CLIENT", "KILL", "TYPE", kind)
        await asyncio.sleep(rng.uniform(0, 0.5))


@fault("commands")
async def client_pause(world, rng):
    """CLIENT PAUSE, of all commands or those that write."""
    await world.redis_ask(
        "CLIENT",
        "PAUSE",
        rng.randrange(300, 6000),
        rng.choice(("ALL", "WRITE")),
    )
    await asyncio.sleep(3)


@fault("commands")
async def output_buffer(world, rng):
    """The output buffer limit of subscriptions ends those that are behind."""
    await world.redis_ask(
        "CONFIG", "SET", "client-output-buffer-limit", "pubsub 3000 0 0"
    )
    await asyncio.sleep(rng.uniform(1, 3))


@fault("commands")
async def script_flush(world, rng):
    """SCRIPT FLUSH, several times."""
    for _ in range(rng.randrange(1, 10)):
        await world.redis_ask("SCRIPT", "FLUSH")
        await asyncio.sleep(rng.uniform(0, 0.3))


@fault("commands")
async def busy(world, rng):
    """A script that runs on: Redis answers BUSY until SCRIPT KILL."""
    running = asyncio.ensure_future(
        world.redis_ask("EVAL", BUSY, 0, seconds=20)
    )
    await asyncio.sleep(rng.uniform(1, 5))
    await world.redis_ask("SCRIPT", "KILL")
    await running


@fault("commands")
async def debug_reload(world, _rng):
    """DEBUG RELOAD: Redis saves all and loads it again."""
    await world.redis_ask("DEBUG", "RELOAD", seconds=20)


@fault("commands")
async def debug_sleep(world, rng):
    """DEBUG SLEEP: Redis does nothing for a while."""
    await world.redis_ask(
        "DEBUG", "SLEEP", f"{rng.uniform(0.5, 6):.1f}", seconds=20
    )


# Redis sets its own limit of descriptors with it.
@fault("redis")
async def max_clients(world, rng):
    """maxclients: connections are refused by an error that nobody asked
    for."""
    connection = admin.Connection()
    try:
        await connection.open(world.redis.path)
        await connection.ask_all(
            [
                admin.LOGIN,
                ("CONFIG", "SET", "maxclients", 3),
                ("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"),
                ("CLIENT", "KILL", "TYPE", "pubsub"),
            ]
        )
        await asyncio.sleep(rng.uniform(1, 4))
        await connection.ask_all([("CONFIG", "SET", "maxclients", 10000)])
    except world.away as why:
        world.note(f"max-clients: {why!r}")
    finally:
        connection.close()


@fault("commands")
async def unsubscribe_all(world, rng):
    """CLIENT KILL of the subscriptions, again and again."""
    for _ in range(20):
        await world.redis_ask("CLIENT", "KILL", "TYPE", "pubsub")
        await asyncio.sleep(rng.uniform(0, 0.1))


def no_dump(world):
    """An AOF would bring back what was reloaded away."""
    return None if world.durability in ("none", "rdb") else "no AOF"


@fault("commands", rewinds=always, missing=no_dump)
async def restore_older(world, rng):
    """Redis gets back what it had a while ago."""
    await world.redis_ask("SAVE", seconds=20)
    await asyncio.sleep(rng.uniform(0.5, 2.5))
    await world.redis_ask("DEBUG", "RELOAD", "NOSAVE", seconds=20)
