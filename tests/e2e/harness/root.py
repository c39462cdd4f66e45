# SPDX-License-Identifier: MIT
"""A root directory that is this machine's, to follow the documentation letter by
letter: what `make install` and the lines to paste write goes into a layer that
nobody else sees, and that vanishes.

There is no systemd in it. `systemctl` links and enables the units; what they
then start, start_sockets() does."""

import functools
import os
import re
import shlex
import signal
import subprocess

from harness import process
from harness.check import Failed, until
from harness.site import USER, build, source
from harness.web import Response, request

MOUNTS = """
set -e
layers=$1 root=$1/root
shift
mount -t tmpfs -o mode=0755 tmpfs "$layers"
mkdir "$layers/upper" "$layers/work" "$root"
mount -t overlay overlay "$root" \\
    -o "lowerdir=/,upperdir=$layers/upper,workdir=$layers/work"
for path in /proc /sys /dev /tmp "$@"; do
	mkdir -p "$root$path"
	mount --rbind "$path" "$root$path"
done
mount -t tmpfs -o mode=0755 tmpfs "$root/run"
exec sleep infinity
"""
APT = 'APT::Get::Simulate "1";\nAPT::Get::Assume-Yes "1";\n'
FOUND = (
    "apachedir=/etc/apache2/conf-available"
    " lighttpddir=/etc/lighttpd/conf-available"
    " unitdir=/usr/local/lib/systemd/system"
)
SYSTEMD = "/usr/local/share/pushcgi/systemd"
ENABLED = "/etc/systemd/system/sockets.target.wants/pushcgi{}@*.socket"
HANDOFF = "/etc/apache2/conf-available/pushcgi-handoff.conf"


class Root:
    """Where it may_mount(). Its Redis is `redis`, its web server at `port`."""

    def __init__(self, folder, redis):
        self.folder, self.redis = folder, redis
        self.port, self.started = process.free_port(), []
        self.layers = os.path.join(folder, "layers")
        os.mkdir(self.layers)
        self.holder = process.Process(
            [
                *("unshare", "-m", "sh", "-c", MOUNTS, "sh"),
                *(self.layers, source(), build()),
            ],
            os.path.join(folder, "holder.log"),
        )
        self.process = self.holder
        until(self.ready, "the mounts")
        with open(os.path.join(folder, "apt.conf"), "w") as out:
            out.write(APT)

    def ready(self):
        if not self.holder.alive():
            raise Failed(f"no root: {self.holder.tail()}")
        words = self.command("true")
        return subprocess.run(words, capture_output=True).returncode == 0

    # --- commands -----------------------------------------------------------

    def command(self, *words):
        return [
            *("nsenter", "-m", "-t", str(self.holder.pid), "--"),
            *("chroot", os.path.join(self.layers, "root"), *words),
        ]

    def environment(self):
        return {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "SYSTEMD_OFFLINE": "1",
            "APT_CONFIG": os.path.join(self.folder, "apt.conf"),
            "HOME": self.folder,
        }

    def here(self, code):
        """With the port of its web server."""
        return code.replace(
            "http://localhost/", f"http://localhost:{self.port}/"
        )

    def run(self, code, check=True, cwd=""):
        """What the lines print, in a shell that stops at the first failure,
        in that folder of the source tree."""
        code = self.here(code).replace("able --now", "able")
        if cwd:
            code = f"cd {shlex.quote(source(cwd))}\n{code}"
        done = subprocess.run(
            self.command("bash", "-e", "-o", "pipefail", "-c", code),
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if check and done.returncode != 0:
            raise Failed(f"{code}\n{done.stdout}{done.stderr}")
        return done.stdout

    def write(self, path, text, mode="0644"):
        folder = os.path.dirname(path)
        self.run(
            f"mkdir -p {folder}; cat >{path} <<'END OF FILE'\n{text}\n"
            f"END OF FILE\nchmod {mode} {path}"
        )

    def install(self):
        """`make install`, with what configure's options of README.md do."""
        self.run(f"make -s -C {shlex.quote(build())} install {FOUND}")
        for name in ("sysusers", "tmpfiles"):
            self.run(
                f"mkdir -p /etc/{name}.d && ln -s {SYSTEMD}/pushcgi.{name}"
                f" /etc/{name}.d/pushcgi.conf"
            )

    def settings(self, code):
        """The lines that make push.conf and the secret, and the Redis."""
        self.run(code.replace("/etc/pushcgi", "/usr/local/etc/pushcgi"))
        self.run(
            f"sed -i 's|^#url = .*|url = {self.redis.url()}|'"
            " /usr/local/etc/pushcgi/push.conf"
        )

    # --- what systemd would start -------------------------------------------

    def start(self, name, *words):
        """In the foreground, as the unit of that name would."""
        started = process.Process(
            self.command(*words),
            os.path.join(self.folder, f"{name}.log"),
            self.environment(),
            start_new_session=True,
        )
        self.started.append(started)
        return started

    def enabled(self, kind=""):
        """The programs whose socket is enabled."""
        found = self.run(f"ls {ENABLED.format(kind)}")
        return re.findall(r"@(\w+)\.socket", found)

    def start_socket(self, kind, name, *more):
        path = f"/run/pushcgi{kind}/{name}.sock"
        with open(build("deploy", "systemd", f"pushcgi{kind}@.service")) as f:
            groups = re.search("(?m)^SupplementaryGroups=(.+)$", f.read())[1]
        self.run(f"mkdir -p {os.path.dirname(path)}")
        started = self.start(
            f"{name}{kind}",
            *("systemd-socket-activate", "-l", path, *more),
            *("setpriv", "--reuid=pushcgi", "--regid=pushcgi"),
            f"--groups=pushcgi,{groups}",
            f"/usr/local/libexec/pushcgi/{name}.fcgi",
        )
        until(lambda: self.run(f"ls {path}", check=False), path)
        self.run(f"chown {USER}:{USER} {path}")
        return started

    def start_sockets(self):
        for name in self.enabled():
            self.start_socket("", name)
        return self.enabled()

    def start_handoff(self):
        """On other ports than the units have, also in the file for Apache."""
        ports = {name: process.free_port() for name in self.enabled("-handoff")}
        for name, port in {**ports, "port": self.port}.items():
            define = f"Define pushcgi_handoff_{name} "
            self.run(f"sed -i 's/{define}.*/{define}\"{port}\"/' {HANDOFF}")
        for name, port in ports.items():
            self.start_socket("-handoff", name, "-l", f"127.0.0.1:{port}")
        return ports

    def start_lighttpd(self):
        self.run(
            f"sed -i 's/^server.port .*/server.port = {self.port}/'"
            " /etc/lighttpd/lighttpd.conf"
        )
        self.serve("lighttpd", "/usr/sbin/lighttpd", "-D", "-f",
                   "/etc/lighttpd/lighttpd.conf")

    def start_apache(self):
        self.run(
            f"sed -i 's/^Listen 80$/Listen 127.0.0.1:{self.port}/'"
            " /etc/apache2/ports.conf"
        )
        self.run(f"mkdir -p /run/lock; install -d -o {USER} /run/apache2/socks")
        self.serve(
            "apache",
            *("bash", "-c"),
            ". /etc/apache2/envvars && exec apache2 -DFOREGROUND",
        )

    def start_nginx(self):
        self.serve("nginx", "nginx", "-g", "daemon off;")

    def serve(self, name, *words):
        self.process = self.start(name, *words)
        self.process.wait_for(("127.0.0.1", self.port))

    # --- as a site ----------------------------------------------------------

    def url(self, name=""):
        return f"http://127.0.0.1:{self.port}/{name}"

    def get(self, target, headers=None) -> Response:
        return request(self.port, "GET", target, None, headers)

    def intact(self):
        return self.holder.alive()

    def close(self):
        for started in reversed(self.started):
            started.signal(signal.SIGTERM)
            below = process.descendants(started.pid)
            started.stop()
            process.kill_all(pid for pid in below if process.running(pid))
        self.holder.signal(signal.SIGKILL)
        self.holder.wait(20)


@functools.cache
def may_mount():
    """Not everybody may, nor root in most containers."""
    lines = (
        "mount -t tmpfs tmpfs /mnt && mkdir /mnt/u /mnt/w /mnt/r &&"
        " mount -t overlay overlay /mnt/r"
        " -o lowerdir=/,upperdir=/mnt/u,workdir=/mnt/w"
    )
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", lines], capture_output=True, check=False
    )
    return done.returncode == 0
