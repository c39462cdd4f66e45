# SPDX-License-Identifier: MIT
"""The systems of bench/peers.d: each an executable that is called with one word.
bench/peers.d/README.md says what it is asked and what it answers.
"""

import os
import shutil
import subprocess
import tempfile

import meter
import servers

MISSING = 3  # exit status of a system that cannot run here
START_S, STOP_S = 60, 60


class Failed(Exception):
    """It should run, and does not; the sentence says what happened."""


def lists(text):
    """{key: [values]} of the lines `key=value` that a system prints."""
    found = {}
    for line in text.splitlines():
        if "=" in line and not line.startswith("#"):
            key, value = line.split("=", 1)
            found.setdefault(key, []).append(value)
    return found


def pairs(text):
    """The same; of a key that is there more than once the last counts."""
    return {key: values[-1] for key, values in lists(text).items()}


def programs(folder):
    """The systems there are, by name."""
    return {name: os.path.join(folder, name)
            for name in sorted(os.listdir(folder))
            if os.path.isfile(os.path.join(folder, name)) and
            os.access(os.path.join(folder, name), os.X_OK)}


class System:
    """One of them, and what it says of itself."""

    def __init__(self, name, program, build):
        self.name, self.program, self.build = name, program, build
        done = self.call("info", {})
        said = pairs(done.stdout)
        if done.returncode == MISSING:
            raise servers.Missing(said.get("missing", "it cannot run here"))
        if done.returncode != 0:
            raise Failed(f"{name} info: {done.stderr.strip()}")
        self.title = said.get("title", name)
        self.ours = said.get("ours") == "yes"
        self.redis = said.get("redis") == "yes"
        self.restart = said.get("restart") == "yes"
        self.techniques = said.get("techniques", "sse").split()
        self.limit = int(said.get("limit", 0)) or None

    def call(self, verb, more):
        """The finished process; its output goes through files, because what a
        system leaves running may hold a pipe open."""
        here = os.path.dirname(os.path.abspath(__file__))
        env = {**os.environ, "BENCH_BUILD": self.build,
               "BENCH_SOURCE": os.path.dirname(os.path.dirname(here)), **more}
        with tempfile.TemporaryFile("w+") as out, \
                tempfile.TemporaryFile("w+") as err:
            done = subprocess.run([self.program, verb], env=env, check=False,
                                  stdin=subprocess.DEVNULL, stdout=out,
                                  stderr=err, timeout=max(START_S, STOP_S))
            for file in (out, err):
                file.seek(0)
            done.stdout, done.stderr = out.read(), err.read()
        return done


class Running:
    """A system that has been started, with a Redis and a folder of its own."""

    def __init__(self, system, technique, most, keep, settings=""):
        self.system = system
        self.directory = tempfile.mkdtemp(prefix="pushcgi-bench-")
        self.store = None
        self.env = {"BENCH_DIR": self.directory, "BENCH_TECHNIQUE": technique,
                    "BENCH_SUBSCRIBERS": str(most), "BENCH_KEEP": str(keep),
                    "BENCH_FDS": str(meter.most_descriptors()),
                    "BENCH_SETTINGS": settings, "BENCH_REDIS_PORT": ""}
        try:
            self.start()
        except BaseException:
            self.stop()
            raise

    def start(self):
        if self.system.redis:
            folder = os.path.join(self.directory, "redis")
            os.mkdir(folder)
            self.store = servers.Redis(folder)
            self.env["BENCH_REDIS_PORT"] = str(self.store.port)
        done = self.system.call("start", self.env)
        if done.returncode == MISSING:
            raise servers.Missing(pairs(done.stdout).get("missing", ""))
        if done.returncode != 0:
            raise Failed(f"{self.system.name} does not start: "
                         f"{done.stderr.strip()[-1000:]}")
        self.description = os.path.join(self.directory, "description")
        with open(self.description, "w", encoding="utf-8") as f:
            f.write(done.stdout)
        self.said = pairs(done.stdout)

    def roles(self):
        """The process ids by role, Redis among them."""
        roles = {}
        for line in self.system.call("pids", self.env).stdout.splitlines():
            role, pid = line.split()
            roles.setdefault(role, []).append(int(pid))
        if self.store:
            roles["redis"] = [self.store.pid]
        return roles

    def can_come_back(self):
        """Whether a subscriber can with its cursor."""
        return self.said.get("cursor", "none") == "etag" or (
            self.said.get("cursor", "none") != "none" and
            ("resume_path" in self.said or "resume_header" in self.said))

    def stop(self):
        """Whether the system says that all of it has ended."""
        done = self.system.call("stop", self.env)
        if self.store:
            self.store.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
        return done.returncode == 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
