# SPDX-License-Identifier: MIT
"""A second instance behind the web server of the first, for another virtual host,
made by the lines that the shipped files have for it."""

import glob
import os
import re

from harness.apache import ApacheProxy
from harness.check import Failed
from harness.lighttpd import Lighttpd, LighttpdUnits
from harness.site import PROGRAMS, build
from harness.stage import Responder

HOST = "two.example"
BLOCK = "(?ms)^# SECOND INSTANCE(.*?)^# (?:ONE VIRTUAL HOST|Settings)"


def documented(path):
    """The lines of its comment."""
    with open(path, encoding="utf-8") as f:
        found = re.search(BLOCK, f.read())
    lines = re.findall(r"(?m)^#\t(.*)$", found[1]) if found else []
    if not lines:
        raise Failed(f"{path} has no lines for a second instance")
    return lines


class Second:
    """Its folder and settings. The programs of these names run on sockets there, as
    pushcgi-two@ of systemd does."""

    def __init__(self, stage, redis, names):
        self.folder = stage.sub("two")
        self.conf = os.path.join(self.folder, "push.conf")
        with open(self.conf, "w") as out:
            out.write(
                f"[bus]\nprefix = two\nurl = {redis.url()}\n[hold]\nbeat = 3\n"
            )
        self.settings = {"conf": self.conf}
        for name in names:
            started = Responder(name, self.folder, self.settings)
            if os.geteuid() == 0:
                os.chmod(started.address, 0o666)
            stage.add(started)

    def here(self, line):
        """A documented line, with the paths of the test."""
        line = line.replace("/run/pushcgi-two", self.folder)
        line = re.sub(r'"[^"]*/pushcgi-two/push\.conf"', f'"{self.conf}"', line)
        return re.sub(r'"[^"]*/pushcgi-two-', f'"{self.folder}/', line)


# --- Apache ------------------------------------------------------------------


class TwoApaches:
    """The first is for the whole server, the second for a virtual host."""

    def directives(self):
        lines = map(self.included, (self.kind, "websocket"))
        return (
            super().directives()
            + "<VirtualHost *:*>\nServerName one.example\n</VirtualHost>\n"
            + f"<VirtualHost *:*>\nServerName {HOST}\n"
            + "\n".join(lines)
            + "\n</VirtualHost>\n"
        )

    def sockets(self):
        """Where the test has them, by the names that the files have."""
        folder = self.second.folder
        yield f'Define pushcgi_sockets "{folder}"'
        yield f'Define pushcgi_websocket "{folder}/websocket.sock"'

    def included(self, kind):
        name = f"pushcgi-{kind}.conf"
        lines = documented(build("deploy", "apache", name))
        return "\n".join(self.sockets()) + "\n" + "\n".join(
            f'Include "{self.own(name)}"'
            if line.startswith("Include ")
            else self.second.here(line)
            for line in lines
        )


# --- lighttpd ----------------------------------------------------------------


def changed(path, second):
    """A copy of the file with the documented lines."""
    with open(path, encoding="utf-8") as f:
        head, block = re.split(r'(?m)^(?=\$HTTP\["url"\] =~)', f.read())
    block, times = re.subn("(?m)^}$", "} }", block)
    for line in map(second.here, documented(path)):
        if line.startswith("var."):
            name, _, value = line.partition(" := ")
            head, times = re.subn(
                f"(?m)^{name} := .*$", lambda _, new=line: new, head
            )
        elif line.startswith("$HTTP["):
            host = line[: line.index("{") + 1]
            block, times = f"{host} {block}", 1
        elif line != "} }":
            block = block.replace("{\n", "{\n" + line + "\n", 1)
        if times != 1:
            raise Failed(f"{path} has {times} lines for {line}")
    copy = path.replace("50-", "51-two-")
    with open(copy, "w", encoding="utf-8") as out:
        out.write(head + block)
    return f'include "{copy}"\n'


class TwoLighttpds:
    """The second is a file after those of the first."""

    def websocket_lines(self):
        lines = super().websocket_lines()
        paths = sorted(glob.glob(os.path.join(self.folder, "50-*.conf")))
        return lines + "".join(f"\n{changed(p, self.second)}" for p in paths)


def started_apart(server):
    """The names of the programs that the web server does not start."""
    if issubclass(server, (ApacheProxy, LighttpdUnits)):
        return [*PROGRAMS, "websocket"]
    return [] if issubclass(server, Lighttpd) else ["websocket"]


def two(stage, server):
    """A site, and its second instance, with the same Redis. They beat each 3 s, so
    that Apache ends soon."""
    redis = stage.redis()
    second = Second(stage, redis, started_apart(server))
    kind = TwoLighttpds if issubclass(server, Lighttpd) else TwoApaches
    both = type(f"Two{server.__name__}", (kind, server), {"second": second})
    site = stage.site(
        {"hold.beat": 3}, redis=redis, server=both, websocket=True
    )
    return site, second
