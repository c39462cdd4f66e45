# SPDX-License-Identifier: MIT
"""`make install` and `make uninstall`, with links as administrators make them."""

import os
import subprocess

from harness.site import source

ETC = {
    "apache": "/etc/apache2/conf-available",
    "lighttpd": "/etc/lighttpd/conf-available",
    "systemd": "/usr/local/lib/systemd/system",
}
SHARE = "/usr/local/share/pushcgi"
PROXY, FLUSH = "pushcgi-proxy.conf", "pushcgi-flush.timer"
LIGHTTPD, SOCKET = "50-pushcgi.conf", "pushcgi@.socket"
SERVICE, SYSUSERS = "pushcgi@.service", "pushcgi.sysusers"


def files(root):
    """Files and links below it."""
    return sorted(
        os.path.relpath(os.path.join(folder, name), root)
        for folder, _, names in os.walk(root)
        for name in names
    )


class Staged:
    """The build folder, installed below `root`, with variables of make set."""

    def __init__(self, root, variables=()):
        self.root, self.variables = root, variables
        self.make("install")

    def make(self, target):
        done = subprocess.run(
            ["make", target, f"DESTDIR={self.root}", *self.variables],
            cwd=os.environ["PUSHCGI_BUILD"],
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def link(self, target, path):
        path = self.root + path
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.symlink(target, path)

    def enable(self, apache, lighttpd, units):
        """As a2enconf, lighty-enable-mod and systemctl enable do."""
        if apache != ETC["apache"]:
            self.link(f"{apache}/{PROXY}", f"{ETC['apache']}/{PROXY}")
            self.link(
                f"{lighttpd}/{LIGHTTPD}", f"{ETC['lighttpd']}/{LIGHTTPD}"
            )
            for name in (SERVICE, SOCKET):  # systemctl link
                self.link(f"{units}/{name}", f"/etc/systemd/system/{name}")
            self.link(f"{units}/{SYSUSERS}", "/etc/sysusers.d/pushcgi.conf")
        for server, name in (("apache2", PROXY), ("lighttpd", LIGHTTPD)):
            self.link(
                f"../conf-available/{name}",
                f"/etc/{server}/conf-enabled/{name}",
            )
        wants = "/etc/systemd/system/{}.target.wants/"
        self.link(
            f"{units}/{SOCKET}", wants.format("sockets") + "pushcgi@sse.socket"
        )
        self.link(f"{units}/{FLUSH}", wants.format("timers") + FLUSH)
        self.link(
            f"{SHARE}/fail2ban/pushcgi-filter.conf",
            "/etc/fail2ban/filter.d/pushcgi.conf",
        )
        self.link(
            f"{SHARE}/systemd/lighttpd-pushcgi.conf",
            "/etc/systemd/system/lighttpd.service.d/pushcgi.conf",
        )


def leaves_nothing(root, places, links):
    staged = Staged(
        root,
        [
            f"apachedir={places['apache']}",
            f"lighttpddir={places['lighttpd']}",
            f"unitdir={places['systemd']}",
        ],
    )
    ours = files(root)
    for name in (
        f"{places['apache']}/{PROXY}",
        f"{places['lighttpd']}/{LIGHTTPD}",
        f"{places['systemd']}/{SOCKET}",
        f"{SHARE}/client/push.js",
        f"{SHARE}/demo-site/index.html",
        "/usr/local/share/doc/pushcgi/doc/techniques/sse.md",
    ):
        assert name[1:] in ours
    staged.enable(places["apache"], places["lighttpd"], places["systemd"])
    others = (
        "/etc/apache2/conf-enabled/site.conf",
        "/etc/systemd/system/x.service",
    )
    for name in others:
        staged.link("/usr/share/site/file", name)
    assert len(files(root)) == len(ours) + links + len(others)
    staged.make("uninstall")
    assert files(root) == sorted(name[1:] for name in others)


def test_nothing_is_left_after_make_uninstall(stage):
    """In the prefix, and where Apache, lighttpd and systemd look, as configure's
    options --with-apache-confdir and the like say. One after the other: make may
    have something to build."""
    prefix = {kind: f"{SHARE}/{kind}" for kind in ETC}
    leaves_nothing(stage.sub("prefix"), prefix, 11)
    leaves_nothing(stage.sub("found"), ETC, 6)


def test_a_link_to_another_installation_is_left(stage):
    """Such as a package, beside one in /usr/local."""
    root = stage.sub("root")
    available = root + ETC["lighttpd"]
    os.makedirs(available)
    with open(f"{available}/{LIGHTTPD}", "w") as out:
        out.write("# of the package\n")
    link = f"/etc/lighttpd/conf-enabled/{LIGHTTPD}"
    os.makedirs(os.path.dirname(root + link))
    os.symlink(f"../conf-available/{LIGHTTPD}", root + link)
    subprocess.run(
        [
            source("deploy", "remove-links"),
            root,
            f"{SHARE}/lighttpd/{LIGHTTPD}",
        ],
        check=True,
        timeout=50,
    )
    assert os.path.exists(root + link)
