# SPDX-License-Identifier: MIT
"""A Redis that can crash, with a chosen durability, a clock that can be set,
and a small disk."""

import os
import shutil
import struct
import subprocess

import admin
from harness.check import until
from harness.process import Process
from harness.redis import Redis

DURABILITY = {
    "none": [],
    "everysec": ["--appendonly", "yes", "--appendfsync", "everysec"],
    "always": ["--appendonly", "yes", "--appendfsync", "always"],
    "rdb": ["--save", "1", "1"],
}
DISK = 48 << 20  # bytes


def clock_library(folder):
    """Compiles clock.c; None without a compiler."""
    source = os.path.join(os.path.dirname(__file__), "clock.c")
    library = os.path.join(folder, "clock.so")
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return None
    done = subprocess.run(
        [compiler, "-shared", "-fPIC", "-o", library, source], check=False
    )
    return library if done.returncode == 0 else None


def mount_disk(folder):
    """A tmpfs, if that is allowed here."""
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", folder],
        stderr=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode == 0:
        os.chmod(folder, 0o755)
    return done.returncode == 0


class BusServer(Redis):
    """`library`: of clock_library(). Its data has a disk of its own if it
    writes an AOF and this process may mount one. The log is elsewhere: it may
    fill a disk."""

    def __init__(self, folder, durability, library, *options, bind=()):
        self.clock = None
        self.bind = ["127.0.0.1", *bind]
        self.durability = durability
        self.data = os.path.join(folder, "data")
        os.mkdir(self.data)
        self.disk = "--appendonly" in DURABILITY[durability] and mount_disk(
            self.data
        )
        self.library = library
        if library:
            self.clock = os.path.join(folder, "clock")
            self.set_clock(0)
        super().__init__(
            folder,
            "--enable-debug-command",
            "yes",
            "--busy-reply-threshold",
            "200",
            "--repl-diskless-sync-delay",
            "0",
            *admin.USER,
            *DURABILITY[durability],
            *options,
        )

    def set_clock(self, seconds):
        """The offset of its clock."""
        mode = "r+b" if os.path.exists(self.clock) else "wb"
        with open(self.clock, mode) as out:
            out.write(struct.pack("q", seconds))

    def start(self):
        env = dict(os.environ)
        if self.clock:
            env |= {"LD_PRELOAD": self.library, "FAULTS_CLOCK": self.clock}
        self.process = Process(
            [
                "redis-server",
                "--port",
                str(self.port),
                "--bind",
                *self.bind,
                "--unixsocket",
                self.path,
                "--unixsocketperm",
                "777",
                "--dir",
                self.data,
                "--save",
                "",
                "--protected-mode",
                "no",
                *self.options,
            ],
            self.log,
            env,
        )
        self.process.wait_for(self.path)
        until(self.answers, "a reply of Redis to PING", step=0.01)

    def crash(self):
        self.process.kill()
        if os.path.exists(self.path):
            os.unlink(self.path)
        if self.durability == "none":
            dump = os.path.join(self.data, "dump.rdb")
            if os.path.exists(dump):  # of a fault that saved
                os.unlink(dump)

    def restore(self):
        """As it was at first, but for the data."""
        self.thaw()
        if self.clock:
            self.set_clock(0)
        ballast = os.path.join(self.data, "ballast")
        if os.path.exists(ballast):
            os.unlink(ballast)
        if not self.process.alive():
            self.start()

    def close(self):
        super().close()
        if self.disk:
            subprocess.run(["umount", self.data], check=False)
