# SPDX-License-Identifier: MIT
"""A web server with its programs, a Redis behind a proxy, subscribers and
publishers, and what is known of them."""

import asyncio
import collections
import concurrent.futures
import os
import random
import shutil
import time

import admin
import bus_server
import publishers
from harness import process
from harness.stage import Stage
from hosts import Hosts, remote
from model import Model, parse_id
from reads import Reader, Reads
from subscribers import Subscriber, token_of
from wire import Wire

PREFIX = "push"
SETTINGS = {
    "bus.audit": 1,
    "bus.timeout": 5,
    "hold.beat": 2,
    "hold.wait": 10,
    "hold.drain": 1,
    "sse.retry": 100,
    "history.length": 400,
    "poll.max_age": 0,
    "log.level": "info",
    "access.publish": "any",
    "websocket.max_rate": 1000,
}
AWAY = (
    OSError,
    asyncio.TimeoutError,
    asyncio.IncompleteReadError,
    admin.ReplyError,
)
CHANNELS = 4


class World:
    away = AWAY
    patience = 30.0  # seconds for a whole response that is not a stream

    def __init__(self, setup, seed, options, durability):
        self.setup, self.seed, self.options = setup, seed, options
        self.durability = durability
        self.model, self.statuses = Model(), collections.Counter()
        self.clock = 0  # the offset of that of Redis, in s
        self.reads = Reads(self.model)
        self.slow = options.slow
        self.settling, self.giving_up = False, False
        self.publishing = asyncio.Event()
        self.channels = [f"c{n}" for n in range(CHANNELS)]
        self.notes, self.tasks = [], []
        self.subscribers, self.publishers, self.readers = [], [], []
        self.flusher = self.spool = None
        self.replica = self.hosts = None
        # One thread for all of its life: processes end with the thread that
        # started them.
        self.thread = concurrent.futures.ThreadPoolExecutor(1)
        self.library = None
        self.stage = self.wire = self.site = self.redis = None
        self.memory = {}  # the most private memory of a program, in KB
        self.begun = time.monotonic()

    def random(self, what):
        """The same numbers for the same seed, whatever else happens."""
        return random.Random(f"{self.seed}/{what}")

    def note(self, text):
        self.notes.append(f"{time.monotonic() - self.begun:8.2f} {text}")

    def set_clock(self, seconds):
        """The offset of the clock of Redis."""
        if seconds < self.clock:
            self.model.clock_went_back.append(time.monotonic())
        self.clock = seconds
        self.redis.set_clock(seconds)

    def blocking(self, function, *arguments):
        return asyncio.get_running_loop().run_in_executor(
            self.thread, function, *arguments
        )

    # --- start and end ------------------------------------------------------

    async def start(self):
        self.stage = Stage()
        self.library = await self.blocking(
            bus_server.clock_library, self.stage.folder
        )
        if self.setup.hosts:
            self.hosts = self.stage.add(Hosts())
        self.redis = await self.blocking(self.start_redis)
        if self.setup.replicas:
            self.replica = await self.blocking(self.start_redis)
            await self.follow(self.replica, self.redis)
        await self.prepare()
        self.wire = Wire(
            os.path.join(self.stage.sub("wire"), "bus.sock"), self.redis.path
        )
        await self.wire.start()
        self.site = await self.blocking(self.start_site)
        self.site.host = "127.0.0.1"
        self.sites = [self.site]
        if self.hosts:
            self.sites.append(await self.blocking(self.start_remote_site))
        self.programs = self.programs_of(self.site)
        self.spool = self.stage.sub("spool")
        self.publisher_log = publishers.log_of(self.stage.sub("publishers"))
        self.tasks.append(asyncio.ensure_future(self.sample()))
        self.populate()

    async def prepare(self):
        """What stands before the programs start."""

    def start_redis(self):
        return self.stage.add(
            bus_server.BusServer(
                self.stage.sub("redis"),
                self.durability,
                self.library,
                bind=[self.hosts.here] if self.hosts else [],
            )
        )

    def start_site(self):
        return self.stage.site(
            self.settings(self.wire.url()),
            redis=self.redis,
            server=self.setup.server,
            websocket=True,
        )

    def start_remote_site(self):
        url = f"redis://{self.hosts.here}:{self.redis.port}/0"
        site = self.stage.site(
            self.settings(url),
            redis=self.redis,
            server=remote(self.hosts.address),
            websocket=True,
        )
        site.host = self.hosts.address
        return site

    def settings(self, url):
        return {**SETTINGS, "bus.url": url, **self.options.settings}

    def programs_of(self, site):
        names = getattr(site, "names", None) or list(site.programs)
        if not names or "publish" not in names:
            names = ["sse", "stream", "iframe", "longpoll", "jsonp"]
            names += ["poll", "publish", "http", "websocket"]
        if self.setup.techniques == ("websocket",):
            names = ["websocket", "publish"]
        return sorted(set(names))

    def populate(self):
        count = max(4, int(self.options.subscribers * self.setup.scale))
        rng = self.random("subscribers")
        for n in range(count):
            several = rng.random() < 0.25
            channels = rng.sample(self.channels, rng.randrange(2, 4))
            loyal = rng.random() < 0.4
            techniques = self.setup.techniques
            if loyal:
                techniques = [techniques[n % len(techniques)]]
            self.subscribers.append(
                Subscriber(
                    f"s{n}",
                    self,
                    channels if several else [self.channels[n % CHANNELS]],
                    self.random(f"s{n}"),
                    techniques,
                    loyal,
                )
            )
        if self.setup.techniques != ("websocket",):
            self.readers = [
                Reader(f"r{n}", self, channel, self.random(f"r{n}"))
                for n, channel in enumerate(self.channels[:2])
            ]
        for n, kind in enumerate(self.options.publishers):
            kind, _, keys = kind.partition("+")
            self.publishers.append(
                publishers.KINDS[kind](
                    f"p{n}-{kind}",
                    self,
                    # The last channel is a quiet one.
                    self.channels[n % 2 : CHANNELS - (n % 3 != 0)],
                    self.random(f"p{n}"),
                    self.options.rate,
                    bool(keys),
                )
            )
        self.flusher = publishers.Flusher(
            "flusher", self, self.channels, self.random("flusher")
        )
        self.tasks += [
            asyncio.ensure_future(actor.run())
            for actor in (
                *self.subscribers,
                *self.readers,
                *self.publishers,
                self.flusher,
            )
        ]

    async def close(self):
        """Returns the faults that the harness found."""
        await end_all(self.tasks)
        for publisher in self.publishers:
            await publisher.close()
        faults = await self.blocking(self.stage.close)
        if self.wire:
            await self.wire.close()
        self.thread.shutdown()
        return faults

    def keep_logs(self, folder):
        """Copies the logs of all processes, and the driver's own."""
        for path in self.stage.logs():
            name = os.path.relpath(path, self.stage.folder)
            shutil.copy(path, os.path.join(folder, name.replace("/", "-")))
        with open(os.path.join(folder, "notes.txt"), "w") as out:
            out.write("\n".join(self.notes) + "\n")

    def keep_journals(self, folder, names):
        """What some subscribers got."""
        for subscriber in self.subscribers:
            if subscriber.name in names:
                path = os.path.join(folder, f"{subscriber.name}.txt")
                with open(path, "w") as out:
                    for line in subscriber.story(self.begun):
                        out.write(line + "\n")

    def remove(self):
        self.stage.remove()

    # --- processes ----------------------------------------------------------

    def server_pids(self):
        """The web server's own, not those of our programs."""
        if not self.site.process:
            return []
        ours = {p for n in self.programs for p in self.site.responders(n)}
        pids = [self.site.process.pid]
        pids += process.descendants(self.site.process.pid)
        return [pid for pid in pids if pid not in ours]

    def measure_memory(self):
        for name in self.programs:
            for pid in self.site.responders(name):
                try:
                    used = process.private_kb(pid)
                except OSError:
                    continue
                self.memory[name] = max(self.memory.get(name, 0), used)

    # --- Redis --------------------------------------------------------------

    def keys(self, channel):
        """The log and the tip."""
        return (
            f"{PREFIX}:{{{channel}}}:log",
            f"{PREFIX}:{{{channel}}}:tip",
        )

    async def redis_ask(self, *words, seconds=5.0):
        """The reply; None when Redis is away or refuses."""
        return await self.ask(self.redis, *words, seconds=seconds)

    async def ask(self, redis, *words, seconds=5.0):
        try:
            return await admin.ask(redis.path, *words, seconds=seconds)
        except AWAY as why:
            self.note(f"{' '.join(map(str, words))[:60]}: {why!r}")
            return None

    async def allow_all(self):
        for redis in filter(None, (self.redis, self.replica)):
            await self.ask(
                redis,
                "ACL",
                "SETUSER",
                "default",
                *("reset", "on", "nopass", "~*", "&*", "+@all"),
            )

    async def fill_memory(self, policy):
        await self.redis_ask("DEBUG", "POPULATE", 300, "filler", 10000)
        said = await self.redis_ask("INFO", "memory") or ""
        used = [w for w in said.split("\r\n") if w.startswith("used_memory:")]
        if used:
            limit = int(used[0].partition(":")[2]) - (2 << 20)
            await self.redis_ask("CONFIG", "SET", "maxmemory-policy", policy)
            await self.redis_ask("CONFIG", "SET", "maxmemory", limit)

    async def empty_memory(self):
        await self.redis_ask("CONFIG", "SET", "maxmemory", 0)
        for n in range(0, 300, 50):
            names = [f"filler:{m}" for m in range(n, n + 50)]
            await self.redis_ask("DEL", *names)

    async def restore(self):
        """Mends whatever a fault has left."""
        self.wire.restore()
        if self.hosts:
            await self.hosts.link(True)
        for redis in filter(None, (self.redis, self.replica)):
            await self.blocking(redis.restore)
        for words in (
            ("SCRIPT", "KILL"),
            ("CLIENT", "UNPAUSE"),
            ("CONFIG", "SET", "maxclients", 10000),
            ("CONFIG", "SET", "maxmemory", 0),
            (
                "CONFIG",
                "SET",
                "client-output-buffer-limit",
                "pubsub 33554432 8388608 60",
            ),
        ):
            try:
                await admin.ask(self.redis.path, *words)
            except AWAY:
                pass  # no script runs
        await self.redis_ask("REPLICAOF", "NO", "ONE")
        await self.allow_all()
        if self.replica:
            await self.follow(self.replica, self.redis)

    async def until_redis_answers(self, seconds=30.0):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if await admin.ask(self.redis.path, "PING", seconds=2.0):
                    return
            except AWAY:
                await asyncio.sleep(0.02)
        self.note("Redis does not answer")

    # --- a replica ----------------------------------------------------------

    async def follow(self, replica, master):
        """Returns when the replica is in step."""
        await self.ask(replica, "REPLICAOF", "127.0.0.1", master.port)
        end = time.monotonic() + 20
        wanted = None  # where the master was once they were connected
        while time.monotonic() < end:
            said = await self.replication(replica)
            if said.get("master_link_status") == "up":
                if wanted is None:
                    master_said = await self.replication(master)
                    wanted = master_said.get("master_repl_offset")
                if wanted and int(said["slave_repl_offset"]) >= int(wanted):
                    return
            await asyncio.sleep(0.05)
        self.note("the replica does not follow")

    async def replication(self, redis):
        said = await self.ask(redis, "INFO", "replication") or ""
        lines = [line.partition(":") for line in said.split("\r\n")]
        return {name: value for name, _, value in lines}

    async def promote(self, kill, seconds=0.0):
        """The replica becomes the master, and the proxy leads to it."""
        old, new = self.redis, self.replica
        if kill:
            await self.blocking(old.crash)
        new.thaw()
        await self.ask(new, "REPLICAOF", "NO", "ONE")
        self.redis, self.replica = new, old
        self.wire.move(new.path)
        await asyncio.sleep(seconds)
        if kill:
            await self.blocking(old.start)
        await self.follow(old, new)

    async def replicate_nothing(self):
        await self.ask(self.replica, "REPLICAOF", "NO", "ONE")
        await self.ask(self.replica, "FLUSHALL")
        await self.follow(self.redis, self.replica)
        await self.redis_ask("REPLICAOF", "NO", "ONE")
        await self.follow(self.replica, self.redis)

    # --- what Redis has -----------------------------------------------------

    async def sample(self):
        """The oldest kept id of each channel, each second."""
        while True:
            await asyncio.sleep(1)
            try:
                replies = await admin.ask_all(
                    self.redis.path,
                    [
                        ("XRANGE", self.keys(c)[0], "-", "+", "COUNT", 1)
                        for c in self.channels
                    ],
                    seconds=2.0,
                )
            except AWAY:
                continue
            now = time.monotonic()
            for channel, entries in zip(self.channels, replies):
                first = parse_id(entries[0][0]) if entries else None
                self.model.channel(channel).saw_first(now, first)

    async def snapshot(self):
        replies = await admin.ask_all(
            self.redis.path,
            [("XRANGE", self.keys(c)[0], "-", "+") for c in self.channels],
            seconds=20.0,
        )
        now = time.monotonic()
        for channel, entries in zip(self.channels, replies):
            fields = {
                parse_id(id_): dict(zip(f[::2], f[1::2]))
                for id_, f in entries
            }
            self.model.channel(channel).snapshot(
                now,
                [(id_, token_in(f)) for id_, f in fields.items()],
                [
                    (id_, parse_id(f["p"]))
                    for id_, f in fields.items()
                    if token_in(f)
                ],
            )


async def end_all(tasks):
    """Cancels them, until they end: wait_for() of Python 3.11 may swallow
    that."""
    while left := [task for task in tasks if not task.done()]:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=1)


def token_in(fields):
    """Of a message of ours; None for what others stored."""
    if "d" in fields and "p" in fields:
        return token_of(fields["d"])
    return None
