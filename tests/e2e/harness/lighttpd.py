# SPDX-License-Identifier: MIT
"""lighttpd with the shipped files, on a free port."""

import os
import re
import resource
import shutil
import signal
import subprocess

from harness import process
from harness.check import Failed, until
from harness.site import PROGRAMS, Site, adapt, build

BASE = """\
server.modules = ( "mod_alias", "mod_access", "mod_setenv" )
server.document-root = "{root}"
server.bind = "127.0.0.1"
server.port = {port}
server.errorlog = "{folder}/lighttpd.log"
server.breakagelog = "{folder}/responders.log"
server.upload-dirs = ( "{folder}" )
index-file.names = ( "index.html" )
mimetype.assign = ( ".html" => "text/html; charset=utf-8",
  ".js" => "text/javascript", ".mjs" => "text/javascript",
  ".css" => "text/css",
  ".svg" => "image/svg+xml", "" => "text/plain" )
{before}
include "{shipped}"
{websocket}
server.max-fds := {descriptors}
server.max-connections := {connections}
{after}
"""
VARIABLE = "var.NAME := "


def allowed_descriptors():
    """What the shipped file asks for, or the hard limit if that is lower."""
    return min(65536, resource.getrlimit(resource.RLIMIT_NOFILE)[1])


class Lighttpd(Site):
    """FastCGI programs that lighttpd starts. With `websocket`, also WebSocket by
    mod_proxy."""

    def __init__(
        self,
        folder,
        settings,
        before="",
        after="",
        root=None,
        websocket=False,
        descriptors=None,
    ):
        descriptors = descriptors or allowed_descriptors()
        super().__init__(folder, settings)
        self.names = [*PROGRAMS, *["websocket"] * websocket]
        root = root or self.fill_root()
        self.config = os.path.join(folder, "lighttpd.conf")
        with open(self.config, "w") as out:
            out.write(
                BASE.format(
                    root=root,
                    port=self.port,
                    folder=folder,
                    descriptors=descriptors,
                    connections=descriptors // 2,
                    shipped=self.shipped(),
                    after=after,
                    before=before,
                    websocket=self.websocket_lines() if websocket else "",
                )
            )
        self.start()

    def connections(self, name):
        """To a program, also those that it has not accepted yet."""
        path = os.path.join(self.folder, f"pushcgi-{name}.sock")
        with open("/proc/net/unix") as f:
            return sum(
                line.split()[-1].startswith(path) for line in f.readlines()
            )

    def adapted(self, name, **variables):
        """A shipped file, with the paths of this test."""
        return adapt(
            build("deploy", "lighttpd", name),
            self.folder,
            VARIABLE,
            pushcgi_client=os.path.join(self.folder, "client"),
            **variables,
        )

    def shipped(self):
        return self.adapted(
            "50-pushcgi-spawn.conf",
            pushcgi_programs=build("fcgi"),
            pushcgi_sockets=os.path.join(self.folder, "pushcgi-"),
        )

    def websocket_lines(self):
        shipped = self.adapted(
            "50-pushcgi-websocket-spawn.conf",
            pushcgi_websocket_programs=build("fcgi"),
            pushcgi_websocket_socket=os.path.join(
                self.folder, "pushcgi-websocket.sock"
            ),
        )
        return f'include "{shipped}"'

    def start(self):
        self.process = process.Process(
            # By its path, as Debian's unit: server.graceful-restart-bg needs that.
            [shutil.which("lighttpd"), "-D", "-f", self.config],
            os.path.join(self.folder, "lighttpd.log"),
            self.env,
        )
        self.process.wait_for(("127.0.0.1", self.port))
        until(self.all_started, "a running program of each name")
        self.first = self.children()

    def children(self):
        return set(filter(process.running, process.children(self.process.pid)))

    def intact(self):
        return super().intact() and self.first <= self.children()

    def all_started(self):
        """Each handles SIGTERM. (A signal between lighttpd's fork and exec
        would be lost.)"""
        return all(
            self.responders(name)
            and all(
                process.catches(pid, signal.SIGTERM)
                for pid in self.responders(name)
            )
            for name in self.names
        )

    def kill(self, name):
        """Returns when lighttpd has started another."""
        old = self.responders(name)
        super().kill(name)
        until(
            lambda: [p for p in self.responders(name) if p not in old],
            f"another {name}.fcgi",
        )

    def logs(self):
        return [
            os.path.join(self.folder, name)
            for name in ("lighttpd.log", "responders.log")
        ]

    def log(self):
        """The log of its programs."""
        return process.read_log(self.logs()[1])

    def close(self):
        try:
            until(self.all_started, "", 15)  # also one started again
        except Failed:
            pass  # the test has said why
        super().close(signal.SIGTERM)


def upgrades_fastcgi():
    """lighttpd can do that from 1.4.74 on."""
    try:
        said = subprocess.run(
            ["lighttpd", "-v"], capture_output=True, text=True, check=False
        ).stdout
    except OSError:
        return False
    version = re.match(r"lighttpd/(\d+)\.(\d+)\.(\d+)", said)
    return version is not None and tuple(map(int, version.groups())) >= (
        1,
        4,
        74,
    )


class LighttpdUnits(Lighttpd):
    """Its programs are started here, as systemd would."""

    def shipped(self):
        return self.adapted(
            "50-pushcgi.conf",
            pushcgi_sockets=self.folder,
        )

    def websocket_lines(self):
        shipped = self.adapted(
            "50-pushcgi-websocket.conf",
            pushcgi_websocket=os.path.join(self.folder, "websocket.sock"),
        )
        return f'include "{shipped}"'

    def start(self):
        for name in self.names:
            if name not in self.programs:
                self.start_program(name)
        super().start()

    def kill(self, name):
        Site.kill(self, name)

    def log(self):
        return Site.log(self)


class LighttpdUpgrade(LighttpdUnits):
    """WebSocket by FastCGI, with the lines of the shipped file for that."""

    def websocket_lines(self):
        line = super().websocket_lines()
        path = os.path.join(self.folder, "50-pushcgi-websocket.conf")
        with open(path) as f:
            text = f.read()
        _, _, instead = text.partition("\n# FASTCGI INSTEAD")
        lines = "\n".join(re.findall(r"(?m)^#\t(.*)$", instead))
        text, times = re.subn(r"(?ms)^\$HTTP.*?^}$", lambda _: lines, text)
        if times != 1 or "upgrade" not in lines:
            raise Failed(f"{path} has {times} blocks, and instead: {lines}")
        with open(path, "w") as out:
            out.write(text)
        return line


class LighttpdCgi(Lighttpd):
    """The programs as plain CGI, which get nothing of its environment."""

    def __init__(self, folder, settings, before="", **options):
        pairs = ", ".join(
            f'"{name}" => "{value}"'
            for name, value in process.clean_environment(settings).items()
            if name.startswith("PUSHCGI_")
        )
        super().__init__(
            folder,
            settings,
            before=before + '$HTTP["url"] =~ "^/push/" {\n'
            f'setenv.set-environment = ( {pairs} )\n}}\n',
            **options,
        )

    def shipped(self):
        return self.adapted(
            "50-pushcgi-cgi.conf",
            pushcgi_programs=build("fcgi"),
        )

    def websocket_lines(self):
        return ""  # it is among the others

    def kill(self, name):
        Site.kill(self, name)  # each request starts its own

    def all_started(self):
        return True
