# SPDX-License-Identifier: MIT
"""Programs on sockets that outlive them, as with the units of deploy/systemd."""

import os
import shutil
import signal
import socket

from harness import process
from harness.apache import ApacheProxy
from harness.lighttpd import LighttpdUnits
from harness.site import USER, build

BACKLOG = 4096  # of pushcgi@.socket
# Runs $0 with the socket as systemd passes it: descriptor 3, of this process.
ACTIVATE = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" 3<&0 </dev/null'


def listening(path):
    held = socket.socket(socket.AF_UNIX)
    held.bind(path)
    held.listen(BACKLOG)
    if os.geteuid() == 0:
        shutil.chown(path, USER, USER)
    return held


class HeldSockets:
    """A site whose sockets are held here, and passed on to each program."""

    def start_program(self, name):
        """Starts it, or another after it."""
        if not hasattr(self, "sockets"):
            self.sockets = {}
        if name not in self.sockets:
            path = os.path.join(self.folder, f"{name}.sock")
            self.sockets[name] = listening(path)
        self.programs[name] = process.Process(
            ["sh", "-c", ACTIVATE, build("fcgi", f"{name}.fcgi")],
            os.path.join(self.folder, f"{name}.log"),
            self.env,
            stdin=self.sockets[name],
        )

    def stop_programs(self, names=None):
        """All at once, as systemd does. Their sockets stay."""
        stopped = [self.programs[name] for name in names or self.programs]
        for started in stopped:
            started.signal(signal.SIGTERM)
        for started in stopped:
            started.wait(25)

    def close(self):
        super().close()
        for held in self.sockets.values():
            held.close()


class LighttpdSockets(HeldSockets, LighttpdUnits):
    """As LighttpdUnits."""


class ApacheSockets(HeldSockets, ApacheProxy):
    """As ApacheProxy."""
