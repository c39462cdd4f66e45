# SPDX-License-Identifier: MIT
"""Apache hands its clients off, and one of the two goes away meanwhile."""

import asyncio
import signal

from harness.apache import Apache
from harness.handoff import ApacheHandoff
from harness.site import HOLDING
from kinds import fault
from kinds.processes import signal_all


def no_handoff(world):
    if isinstance(world.site, ApacheHandoff):
        return None
    return "a web server that hands off (setup apache-handoff)"


@fault("responder", kills=True, missing=no_handoff)
async def handoff_kill_waiting(world, rng):
    """A program that is asked whether Apache may hand clients off is stopped,
    while they come, and then killed, with what it had granted and held."""
    name = rng.choice(HOLDING)
    signal_all(world.site.responders(name), signal.SIGSTOP)
    await asyncio.sleep(rng.uniform(0.3, 3))
    await world.blocking(world.site.kill, name)


@fault("responder", kills=True, missing=no_handoff)
async def handoff_away(world, rng):
    """A program is killed, and Apache finds nobody to ask for a while."""
    name = rng.choice(HOLDING)
    world.site.programs[name].kill()
    await asyncio.sleep(rng.uniform(0.5, 4))
    await world.blocking(world.site.start_program, name)


@fault("web", missing=no_handoff)
async def web_away(world, rng):
    """The web server ends, and starts again seconds later."""
    await world.blocking(world.site.process.stop, 20)
    await asyncio.sleep(rng.uniform(0.5, 5))
    await world.blocking(Apache.start, world.site)
