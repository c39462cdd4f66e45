# SPDX-License-Identifier: MIT
"""Publishers of all kinds. Each knows of each message what it was told:
stored, with its id; not stored; or nothing certain."""

import asyncio
import json
import os
import signal
import time

from harness import process, web
from harness.site import build
from http_client import Broken, Socket, request
from model import ACKED, REFUSED, SPOOLED, UNKNOWN, parse_id

ALPHABET = "abcdefghij klmnop </script> \"quoted\" \\ é € 😀 {}[]<!-- "
PATIENCE = 12.0  # seconds for the answer to one attempt


def outcome_of(status, body):
    """What an HTTP response, or a reply on a WebSocket, means."""
    try:
        said = json.loads(body)
    except ValueError:
        said = {}
    if status in (200, 201) and "id" in said:
        return ACKED, parse_id(said["id"])
    if said.get("spooled"):
        return SPOOLED, None
    if 400 <= status < 500 or said.get("stored") is False:
        return REFUSED, None
    return UNKNOWN, None


class Publisher:
    """`rate`: messages a second. With `keys` it repeats a message until it is
    known to be stored."""

    kind = ""
    pause = (0.1, 0.5)  # seconds before it repeats a message

    def __init__(self, name, world, channels, rng, rate=3.0, keys=False):
        self.name, self.world, self.channels = name, world, channels
        self.rng, self.rate, self.keys = rng, rate, keys
        self.site = rng.choice(world.sites)
        self.idle = asyncio.Event()

    def data(self, made):
        size = self.rng.choice((10, 10, 30, 60, 100, 300))
        if self.rng.random() < 0.02:
            size = self.rng.randrange(1000, 12000)
        shift = self.rng.randrange(len(ALPHABET))
        text = ALPHABET[shift:] + ALPHABET * (1 + size // len(ALPHABET))
        return f"{made.token} {text[:size]}".rstrip()

    async def run(self):
        while True:
            self.idle.set()
            await asyncio.sleep(self.rng.expovariate(self.rate))
            await self.world.publishing.wait()
            self.idle.clear()
            await self.publish(self.rng.choice(self.channels))

    async def publish(self, channel):
        made = self.world.model.publish(
            channel, time.monotonic(), self.name
        )
        if self.keys:
            made.key = f"key-{made.token}"
        data = self.data(made)
        unknown = False
        while True:
            made.tries += 1
            status, id_ = await self.attempt_safely(made, data)
            now = time.monotonic()
            if status == ACKED:
                made.acknowledge(id_, now)
                return made
            if status == SPOOLED:  # the spool has the rest to do
                made.status, made.ended = SPOOLED, now
                return made
            unknown = unknown or status == UNKNOWN
            if not self.keys or self.world.giving_up:
                made.status, made.ended = UNKNOWN if unknown else REFUSED, now
                return made
            await asyncio.sleep(self.rng.uniform(*self.pause))

    async def attempt_safely(self, made, data):
        try:
            return await asyncio.wait_for(self.attempt(made, data), PATIENCE)
        except (ConnectionRefusedError, FileNotFoundError):
            return REFUSED, None  # nothing was sent
        except (OSError, Broken, asyncio.TimeoutError, ValueError):
            return UNKNOWN, None

    async def attempt(self, made, data):
        raise NotImplementedError

    async def close(self):
        pass


class ByHttp(Publisher):
    kind = "http"

    def form(self, made, data):
        return web.form(channel=made.channel, data=data, key=made.key)

    async def attempt(self, made, data):
        status, _, body = await request(
            self.site.port,
            "POST",
            "/push/publish",
            web.FORM,
            self.form(made, data),
            seconds=PATIENCE,
            host=self.site.host,
        )
        return outcome_of(status, body)


class ByProcess(Publisher):
    """A process for each message."""

    async def run_process(self, arguments, env, body=b""):
        done = await asyncio.create_subprocess_exec(
            *arguments,
            env=env,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=self.world.publisher_log,
        )
        try:
            out, _ = await done.communicate(body)
        except BaseException:
            if done.returncode is None:
                done.kill()
            await done.wait()
            raise
        return done.returncode, out


class ByCommand(ByProcess):
    kind = "command"
    outcomes = {1: REFUSED, 2: REFUSED, 3: SPOOLED}  # by exit status

    def arguments(self):
        return []

    async def attempt(self, made, data):
        options = self.arguments()
        if made.key:
            options += ["--key", made.key]
        status, out = await self.run_process(
            [build("push-publish"), *options, "--", made.channel, data],
            process.clean_environment(self.site.settings),
        )
        if status == 0:
            return ACKED, parse_id(out.decode().strip())
        return self.outcomes.get(status, UNKNOWN), None


class ByRetry(ByCommand):
    """It repeats a message by itself."""

    kind = "retry"

    def arguments(self):
        return ["--retry", "6"]


class BySpool(ByCommand):
    """It keeps a message on disk when Redis is away."""

    kind = "spool"

    def arguments(self):
        return ["--spool", self.world.spool]


class ByCgi(ByHttp, ByProcess):
    """publish.fcgi as a plain CGI, with no server between."""

    kind = "cgi"

    async def attempt(self, made, data):
        body = self.form(made, data)
        env = {
            **process.clean_environment(self.site.settings),
            "GATEWAY_INTERFACE": "CGI/1.1",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REQUEST_METHOD": "POST",
            "SCRIPT_NAME": "/push/publish",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost",
            "CONTENT_TYPE": web.FORM["Content-Type"],
            "CONTENT_LENGTH": str(len(body)),
        }
        _, out = await self.run_process(
            [build("fcgi", "publish.fcgi")], env, body
        )
        head, found, rest = out.partition(b"\r\n\r\n")
        if not found:
            return UNKNOWN, None
        status = 200
        for line in head.decode().split("\r\n"):
            if line.lower().startswith("status:"):
                status = int(line.split()[1])
        return outcome_of(status, rest)


class ByWebSocket(Publisher):
    """It reads all the time: a client that does not close after the server
    did keeps lighttpd 1.4.69 from ending a graceful restart."""

    kind = "websocket"

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.socket = self.reading = None
        self.ref, self.waiting = 0, None

    async def attempt(self, made, data):
        try:
            if self.socket is None:
                await self.connect()
            self.ref += 1
            publish = {"channel": made.channel, "data": data}
            if made.key:
                publish["key"] = made.key
            self.waiting = asyncio.get_running_loop().create_future()
            self.socket.send(
                json.dumps({"publish": publish, "ref": self.ref})
            )
            reply = await self.waiting
        except BaseException:
            await self.close()
            raise
        return outcome_of(reply.get("status", 200), json.dumps(reply))

    async def connect(self):
        port = getattr(self.site, "socket_port", self.site.port)
        socket = Socket(
            port,
            "/push/websocket?channel=" + self.channels[0],
            self.site.host,
        )
        try:
            status = await socket.connect()
        except BaseException:
            socket.close()
            raise
        if status != 101:
            socket.close()
            raise ConnectionRefusedError(f"status {status}")
        self.socket = socket
        self.reading = asyncio.ensure_future(self.read(socket))

    async def read(self, socket):
        try:
            texts = socket.texts()
            while True:
                for text in texts:
                    self.take(json.loads(text))
                texts = await socket.receive()
        except (OSError, Broken) as why:
            if self.waiting and not self.waiting.done():
                self.waiting.set_exception(Broken(str(why)))
        finally:
            socket.close()
            if self.socket is socket:
                self.socket = None

    def take(self, item):
        wanted = self.waiting and not self.waiting.done()
        if wanted and item.get("ref") == self.ref:
            self.waiting.set_result(item)

    async def close(self):
        if self.reading:
            self.reading.cancel()
            self.reading = None
        if self.socket:
            self.socket.close()
            self.socket = None


class ByLines(Publisher):
    """`push-publish --lines`, one line after the other or several at once."""

    kind = "lines"

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.channels = self.channels[:1]
        self.process = None
        self.keys = False

    async def start(self):
        self.process = await asyncio.create_subprocess_exec(
            build("push-publish"),
            "--lines",
            self.channels[0],
            env=process.clean_environment(self.site.settings),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=self.world.publisher_log,
        )

    async def publish(self, channel):
        if self.process is None:
            await self.start()
        batch = []
        for _ in range(self.rng.choice((1, 1, 1, 3, 10))):
            made = self.world.model.publish(
                channel, time.monotonic(), self.name
            )
            made.tries = 1
            batch.append(made)
        lines = "".join(self.data(made) + "\n" for made in batch)
        try:
            self.process.stdin.write(lines.encode())
            await self.process.stdin.drain()
        except OSError:
            pass  # it has ended; its exit status says the rest
        for made in batch:
            line = await self.line()
            if not line:
                await self.ended([m for m in batch if m.ended is None])
                return
            made.acknowledge(parse_id(line.decode().strip()), time.monotonic())

    async def line(self):
        """b"" when it has ended, or when nobody waits any more."""
        reading = asyncio.ensure_future(self.process.stdout.readline())
        while True:
            done, _ = await asyncio.wait([reading], timeout=0.2)
            if done:
                line = reading.result()
                return line if line.endswith(b"\n") else b""
            if self.world.giving_up:
                self.kill()

    def kill(self):
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)

    async def ended(self, batch):
        """The first without an id is the one that was not stored. Of the
        others nothing is known for sure."""
        status = await self.process.wait()
        self.process = None
        for n, made in enumerate(batch):
            refused = status in (1, 2) and n == 0
            made.status = REFUSED if refused else UNKNOWN
            made.ended = time.monotonic()

    async def close(self):
        if self.process:
            self.kill()
            await self.process.wait()
            self.process = None


class Flusher(ByProcess):
    """Sends what is in the spool, as cron would; finish() until nothing is
    left."""

    every = 1.0

    async def run(self):
        while True:
            await asyncio.sleep(self.every)
            await self.flush()

    async def flush(self):
        status, _ = await self.run_process(
            [build("push-publish"), "--flush", self.world.spool],
            process.clean_environment(self.site.settings),
        )
        return status

    async def finish(self, seconds):
        """False if something remains."""
        end = time.monotonic() + seconds
        while await self.flush() == 3:
            if time.monotonic() > end:
                return False
            await asyncio.sleep(0.2)
        return True


KINDS = {
    c.kind: c
    for c in (
        ByHttp,
        ByCommand,
        ByCgi,
        ByWebSocket,
        ByLines,
        ByRetry,
        BySpool,
    )
}


def log_of(folder):
    return os.open(
        os.path.join(folder, "publishers.log"),
        os.O_WRONLY | os.O_CREAT | os.O_APPEND,
        0o644,
    )
