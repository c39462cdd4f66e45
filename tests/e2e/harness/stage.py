# SPDX-License-Identifier: MIT
"""What one test starts, and how it is stopped."""

import glob
import os
import shutil
import subprocess
import tempfile

from harness import process
from harness.check import Failed, shorten
from harness.lighttpd import Lighttpd
from harness.proxy import Proxy
from harness.redis import Redis
from harness.sentinel import Group
from harness.site import build

BAD_WORDS = (
    "AddressSanitizer",
    "LeakSanitizer",
    "runtime error:",
    "Assertion ",
    "*** stack smashing",
    "malloc(): ",
    "free(): ",
    "child signaled: 6",
    "child signaled: 11",
)


class Responder:
    """A *.fcgi started by hand on a socket."""

    def __init__(
        self, program, folder, settings, tcp=False, nofile=None, more=()
    ):
        self.settings = dict(settings)
        if tcp:
            self.address = ("127.0.0.1", process.free_port())
            where = f"tcp:127.0.0.1:{self.address[1]}"
        else:
            self.address = os.path.join(folder, f"{program}.sock")
            where = f"unix:{self.address}"
        self.process = process.Process(
            [build("fcgi", f"{program}.fcgi"), "--listen", where, *more],
            os.path.join(folder, f"{program}.log"),
            process.clean_environment(settings),
            nofile,
        )
        self.pid = self.process.pid
        self.process.wait_for(self.address)

    def intact(self):
        return self.process.alive()

    def close(self):
        self.process.stop()
        self.process.check()

    def log(self):
        return self.process.output()


class Stage:
    def __init__(self):
        self.folder = tempfile.mkdtemp(
            prefix="t-", dir=os.environ.get("PUSHCGI_TMP", "/tmp")
        )
        os.chmod(self.folder, 0o755)
        self.table = os.path.join(self.folder, "table")
        with open(self.table, "wb"):
            os.chmod(self.table, 0o666)  # for programs of any user
        self.things, self.count = [], 0

    def sub(self, name):
        self.count += 1
        path = os.path.join(self.folder, f"{self.count}-{name}")
        os.mkdir(path)
        return path

    def add(self, thing):
        """Will be closed at the end, the last one first."""
        self.things.append(thing)
        return thing

    def redis(self, *options):
        return self.add(Redis(self.sub("redis"), *options))

    def redis_group(self, **options):
        """A master, a replica and a Sentinel."""
        return self.add(Group(self.sub("group"), **options))

    def proxy(self, redis):
        return self.add(Proxy(self.sub("proxy"), redis.path))

    def settings(self, redis, settings):
        """Those of all tests, and those of the test, which win. A test of a
        default deletes it: None."""
        both = {
            "conf": "/dev/null",
            "bus.url": redis.url(),
            # Most tests publish, and have no right to: the default is token.
            "access.publish": "loopback",
            "limit.table": self.table,
            "log.level": "debug",
            **(settings or {}),
        }
        return {k: v for k, v in both.items() if v is not None}

    def site(self, settings=None, redis=None, server=Lighttpd, **options):
        """A server with the shipped file, and a Redis."""
        redis = redis or self.redis()
        site = self.add(
            server(
                self.sub(server.__name__.lower()),
                self.settings(redis, settings),
                **options,
            )
        )
        site.redis = redis
        return site

    def responder(
        self, program, settings=None, redis=None, kind=Responder, **options
    ):
        """A program by hand on a socket, and a Redis."""
        redis = redis or self.redis()
        responder = self.add(
            kind(
                program,
                self.sub(program),
                self.settings(redis, settings),
                **options,
            )
        )
        responder.redis = redis
        return responder

    def command(self, target, settings=None):
        """push-publish for a Redis, or as a site or responder is set."""
        if isinstance(target, Redis):
            return Command(self, self.settings(target, settings))
        return Command(self, {**target.settings, **(settings or {})})

    def close(self):
        """Stops everything; returns the faults found."""
        faults = []
        while self.things:
            thing = self.things.pop()
            try:
                thing.close()
            except BaseException as why:
                faults.append(f"{type(thing).__name__}: {why}")
        return faults + self.crash_words()

    def crash_words(self):
        return [
            f"{os.path.basename(path)}: {word}"
            for path in self.logs()
            for word in BAD_WORDS
            if word in process.read_log(path)
        ]

    def logs(self):
        """Of each server and program; not what Chromium keeps below."""
        return sorted(glob.glob(os.path.join(self.folder, "*", "*.log")))

    def mark_logs(self):
        """What is logged until now is no concern of the next test."""
        for path in self.logs():
            process.mark_log(path)

    def log_tails(self, lines=15):
        out = []
        for path in self.logs():
            kept = process.read_log(path).splitlines()[-lines:]
            if kept:
                out.append(f"--- {os.path.relpath(path, self.folder)}")
                out += kept
        return out

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Done:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def __repr__(self):
        return f"<status {self.status} out {self.out!r} err {self.err!r}>"


class Command:
    """push-publish with the settings of a test."""

    def __init__(self, stage, settings):
        self.stage, self.settings = stage, settings

    def run(self, *arguments, stdin=b"", env=None, seconds=30, **options):
        if isinstance(stdin, bytes):
            options["input"] = stdin
        else:
            options["stdin"] = stdin
        try:
            done = subprocess.run(
                [build("push-publish"), *arguments],
                capture_output=True,
                env={
                    **process.clean_environment(self.settings),
                    **(env or {}),
                },
                timeout=seconds,
                check=False,
                **options,
            )
        except subprocess.TimeoutExpired as why:
            raise Failed(
                f"push-publish {shorten(arguments, 80)} did not end"
                f" in {seconds} s: {why.stderr!r}"
            ) from None
        return Done(
            done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    def publish(self, *arguments, **options):
        """Must succeed; returns the id."""
        done = self.run(*arguments, **options)
        if done.status != 0:
            raise Failed(f"push-publish {arguments[:2]}: {done!r}")
        return done.out.strip()

    def lines(self, channel, lines):
        """Publishes many messages at once; returns their ids."""
        done = self.run(
            "--lines",
            channel,
            seconds=120,
            stdin="".join(f"{line}\n" for line in lines).encode(),
        )
        if done.status != 0:
            raise Failed(f"push-publish --lines: {done!r}")
        return done.out.split()

    def start(self, *arguments):
        """Starts it in the background, with a pipe to its stdin."""
        log = os.path.join(self.stage.sub("push-publish"), "push-publish.log")
        return self.stage.add(
            Background(
                process.Process(
                    [build("push-publish"), *arguments],
                    log,
                    process.clean_environment(self.settings),
                    stdin=subprocess.PIPE,
                )
            )
        )


class Background:
    def __init__(self, started):
        self.process = started
        self.stdin = started.popen.stdin

    def write(self, text):
        self.stdin.write(text.encode())
        self.stdin.flush()

    def end(self, seconds=20):
        self.stdin.close()
        return self.process.wait(seconds)

    def close(self):
        if not self.stdin.closed:
            self.stdin.close()
        self.process.stop()
