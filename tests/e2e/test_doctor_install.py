# SPDX-License-Identifier: MIT
"""push-doctor on an installed system: each thing that is broken is named, and
what it says to paste mends it."""

import json
import shlex

import pytest

from harness.root import Root
from harness.samples import sample

pytestmark = [pytest.mark.long, pytest.mark.mounts]
README = "README.md"
TABLE = sample(README, "sh", "systemd-sysusers")
SETTINGS = sample(README, "sh", "--new-secret")
LIGHTTPD = sample(README, "sh", "lighty-enable-mod pushcgi\n")
PROXY = sample(README, "sh", "a2enconf pushcgi-proxy")
HANDOFF = "doc/handoff.md"
HANDOFF_SECRET = sample(HANDOFF, "sh", "--new-secret")
HANDED_OFF = sample(HANDOFF, "sh", "a2enconf pushcgi-handoff")
DROP_IN = sample("doc/operating.md", "sh", "apache2-pushcgi.conf")

ETC = "/usr/local/etc/pushcgi"
SHIPPED = "/etc/lighttpd/conf-available/50-pushcgi.conf"
MAIN = "/etc/lighttpd/lighttpd.conf"
CONFTEST = f"/usr/sbin/lighttpd -tt -f {MAIN}"
SOCKET = "/run/pushcgi/sse.sock"

# The area, what breaks it, and words of what is found.
LIGHTTPD_BREAKAGES = [
    ("files", f"chmod o+r {ETC}/secret", "every user of this machine can read"),
    ("files", f"chmod o+w {ETC}/push.conf", "can change"),
    ("files", f"rm {ETC}/secret", "cannot be read: No such file"),
    ("files", "rm /run/pushcgi-host/table", "limit.table: "),
    ("sockets", f"chmod 666 {SOCKET}", "pose as the web server"),
    ("sockets", f"chown root {SOCKET}; chmod 600 {SOCKET}", "www-data, may not connect to"),
    ("sockets", f"chgrp pushcgi {SOCKET}; chmod 660 {SOCKET}", "may only publish"),
    ("sockets", "chown www-data /run/pushcgi", "put a socket of theirs"),
    ("sockets", "chmod 777 /run/pushcgi", "put a socket of theirs"),
    (
        "server",
        f"sed -i /graceful-restart-bg/d {SHIPPED}",
        "A reload of lighttpd while anybody is held",
    ),
    (
        "server",
        "echo 'fastcgi.server += ( \".php\" => (( \"socket\" => \"/run/php\","
        f" \"bin-path\" => \"/usr/bin/php-cgi\" )))' >>{SHIPPED}",
        "so server.graceful-restart-bg has no effect",
    ),
]
APACHE_BREAKAGES = [
    ("server", "a2enconf pushcgi-fcgid", "for the same URLs"),
    ("server", "rm /etc/apache2/mods-enabled/proxy_fcgi.load", "has no proxy_fcgi"),
    ("server", "rm -r /etc/systemd/system/pushcgi@.service.d", "takes 10 s"),
]

ENABLED_MODULES = "/etc/apache2/mods-enabled"
KEY = f"{ETC}/handoff-secret.conf"
DESCRIPTORS = "/run/pushcgi-handoff/sse.sock"
HANDOFF_BREAKAGES = [
    *(
        ("server", f"rm {ENABLED_MODULES}/{name}.load", f"has no {name}")
        for name in ("proxy_fdpass", "authnz_fcgi", "headers", "setenvif")
    ),
    ("sockets", f"chmod 666 {DESCRIPTORS}", "pose as the web server"),
    ("sockets", f"chown root {DESCRIPTORS}; chmod 600 {DESCRIPTORS}", "www-data, may not connect to"),
    ("files", f"rm {KEY}", "does not exist"),
    ("files", f"chmod 640 {KEY}", "pose as Apache"),
    ("files", f"chown root {KEY}", "cannot read"),
    (
        "files",
        f"sed -i '/handoff-secret/d' {ETC}/push.conf",
        "handoff.secret_file is not set",
    ),
    (
        "files",
        f"sed 's/\"./\"x/' {KEY} >/etc/other; chown pushcgi /etc/other;"
        f" chmod 400 /etc/other;"
        f" sed -i 's,^secret_file = .*handoff.*,secret_file = /etc/other,' {ETC}/push.conf",
        "want another one",
    ),
]


@pytest.fixture
def root(stage):
    made = stage.add(Root(stage.sub("root"), stage.redis()))
    made.install()
    made.run(TABLE)
    made.settings(SETTINGS)
    return made


def found(root, area, levels=("warning", "error")):
    said = root.run(f"push-doctor --json --only {area} || true")
    return [f for f in json.loads(said)["findings"] if f["level"] in levels]


def mend(root, finding):
    for line in finding["lines"]:
        # there is no systemd that could start anything
        line = line.replace(" && systemctl restart apache2", "")
        line = line.replace("systemctl daemon-reload", "true")
        if finding["file"] is not None:
            line = f"echo {shlex.quote(line)} >>{shlex.quote(finding['file'])}"
        root.run(line)


def each_is_named_and_mended(root, breakages, levels=("warning", "error")):
    assert found(root, "server", levels) == []
    for area, broken, words in breakages:
        root.run(broken)
        named = found(root, area, levels)
        assert any(words in f["sentence"] for f in named), (broken, named)
        for finding in named:
            mend(root, finding)
        assert found(root, area, levels) == [], broken


def test_each_breakage_of_an_installed_lighttpd(root):
    root.run(LIGHTTPD)
    root.start_sockets()
    root.start_lighttpd()
    each_is_named_and_mended(root, LIGHTTPD_BREAKAGES)
    root.run(f"{CONFTEST} && echo fastcgi.server += >>{MAIN}")
    (finding,) = found(root, "server")
    assert "does not accept its files" in finding["sentence"]
    assert finding["lines"] == [CONFTEST]


def test_lighttpd_as_debian_has_it_starts_the_programs(root):
    """Its own file sets some of the flags of ours."""
    root.run(f"lighty-enable-mod pushcgi-spawn && {CONFTEST}")
    assert found(root, "server") == []


@pytest.mark.apache
def test_each_breakage_of_an_installed_apache(root):
    root.run(PROXY)
    root.run(DROP_IN)
    each_is_named_and_mended(
        root, APACHE_BREAKAGES, ("note", "warning", "error")
    )


@pytest.mark.apache
def test_each_breakage_of_an_apache_that_hands_off(root):
    root.run(PROXY)
    root.run(DROP_IN)
    root.settings(HANDOFF_SECRET)
    root.run(HANDED_OFF)
    root.start_handoff()
    each_is_named_and_mended(root, HANDOFF_BREAKAGES)


@pytest.mark.apache
def test_a_port_where_nobody_answers_apache_is_named(root):
    root.settings(HANDOFF_SECRET)
    root.run(HANDED_OFF)
    root.run("mkdir /run/pushcgi-handoff")
    named = found(root, "server")
    assert [f["lines"] for f in named if "Nobody listens" in f["sentence"]] == [
        [f"systemctl enable --now pushcgi-handoff@{name}.socket"]
        for name in ("sse", "stream", "iframe", "longpoll", "jsonp")
    ]
