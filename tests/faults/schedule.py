# SPDX-License-Identifier: MIT
"""Which faults, when: from a seed, the same each time."""

import kinds

# The kinds that once broke something, each once, for the short run.
SHORT = (
    "redis-kill",
    "restore-older",
    "replace-tip",
    "delete-tip+client-kill",
    "acl-no-set",
    "foreign-entry",
    "busy",
    "black-hole-of-subscriptions",
    "acl-no-history",
    "require-pass",
    "max-clients",
    "replica-of-nobody-there",
    "clock-back-and-empty",
    "evict",
    "responder-kill+redis-stop",
    "cut+script-flush",
)
# What fails, and why the short run leaves it out; it says so.
LEFT_OUT = (
    "apache-fcgid web-graceful: it may leave requests hanging (deploy/apache/)",
)
# By set-up, of the short run.
SHORT_OF = {
    "lighttpd": SHORT,
    "replicas": ("failover-with-lag", "failover-of-a-living-master"),
    "apache-handoff": ("handoff-kill-waiting+redis-kill", "web-away"),
    "apache-fcgid": ("web-restart", "redis-kill"),
}
SPREAD = 2.0  # seconds in which faults begin


def parse(names):
    """The faults of "a+b"."""
    known = kinds.table()
    return [known[name] for name in names.split("+")]


def possible(world, only=None):
    """The faults that this world can have."""
    return [
        fault
        for name, fault in sorted(kinds.table().items())
        if fault.missing(world) is None and (not only or name in only)
    ]


def draw(world, rng, only=None):
    """One to three faults with their times, alone or mixed."""
    choice = possible(world, only)
    count = min(rng.choice((1, 1, 1, 2, 2, 3)), len(choice))
    return [
        (rng.uniform(0, SPREAD) if count > 1 else 0.0, fault)
        for fault in rng.sample(choice, count)
    ]


def short(world):
    """The rounds of the short run in this world."""
    for names in SHORT_OF.get(world.setup.name, ()):
        faults = parse(names)
        if all(fault.missing(world) is None for fault in faults):
            yield [(0.3 * n, fault) for n, fault in enumerate(faults)]
