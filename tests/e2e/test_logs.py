# SPDX-License-Identifier: MIT
"""Where the log goes behind each server, and what fail2ban finds in it."""

import json
import os
import re
import shutil
import socket
import subprocess

import pytest

from harness import apache, fastcgi, lighttpd, process, web
from harness.check import until
from harness.samples import sample
from harness.site import build, change, source
from test_cgi import by_hand, whole
from test_kick import kick

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z "
REFUSED = r"level=info program=publish event=publish client=(\S+) status=403 "


class ApacheModCgi(apache.ApacheCgi):
    """mod_cgi, which Apache uses with the prefork MPM."""

    modules = ("cgi",)

    def directives(self):
        return self.pairs("SetEnv")


def banned(stage, lines):
    """The addresses that the filter finds, in order."""
    path = os.path.join(stage.sub("log"), "error.log")
    with open(path, "w") as out:
        out.writelines(f"{line}\n" for line in lines)
    done = subprocess.run(
        [
            *("fail2ban-regex", "-o", "ip", path),
            source("deploy", "fail2ban", "pushcgi-filter.conf"),
        ],
        capture_output=True,
        text=True,
        timeout=50,
        check=True,
    )
    return done.stdout.split()


def publish(site, headers):
    return site.request(
        "POST",
        "/push/publish",
        json.dumps({"channel": "news", "data": "x"}).encode(),
        {"Content-Type": "application/json", **headers},
    )


@pytest.mark.apache
@pytest.mark.needs("fail2ban-regex", "lighttpd")
@pytest.mark.parametrize(
    "server, options, before",
    (
        (lighttpd.Lighttpd, {}, TIME),
        (lighttpd.LighttpdCgi, {}, TIME),
        (lighttpd.LighttpdUnits, {}, TIME),
        (apache.ApacheFcgid, {}, TIME),
        (apache.ApacheCgi, {}, TIME),
        (ApacheModCgi, {"mpm": "prefork"}, r"\[[^]]+ \d{4}\] .*\.fcgi: "),
    ),
)
def test_each_refusal_has_its_time_once_and_is_found(
    shared, stage, server, options, before
):
    site = shared.site({"hold.beat": 1}, server=server, **options)
    # Not local, because of the header, so without a right; then not because of
    # what the client may, but of its page.
    far = {"X-Forwarded-For": "198.51.100.9"}
    elsewhere = {"Origin": "https://elsewhere.example"}
    for headers, line in ((far, REFUSED), (elsewhere, "Pages of other sites")):

        def refused():
            """One a second is logged, perhaps of another test."""
            assert publish(site, headers).status == 403
            return re.search(line, site.log())

        until(refused, "a line in the log")
    lines = [line for line in site.log().splitlines() if " event=publish " in line]
    assert len(lines) >= 2
    for line in lines:
        assert re.match(before + "level=", line), line
        assert len(re.findall(r"\d\d:\d\d:\d\d", line)) == 1, line
    far_lines = [line for line in lines if "Pages of other" not in line]
    assert banned(stage, lines) == ["127.0.0.1"] * len(far_lines)


@pytest.mark.needs("fail2ban-regex")
def test_the_filter_finds_the_client_behind_a_proxy(stage):
    """That of the web server with another proxy in front, of access.proxies. A
    client that is no proxy cannot have another one banned."""
    settings = {
        "access.proxies": "192.0.2.1",
        "access.subscribe": "token",
        "log.level": None,
    }
    poll = stage.responder("poll", settings)

    def refuse(address, claimed):
        """The line of it, which is not logged within the second of another."""
        variables = fastcgi.environment(
            web.query("news"),
            REMOTE_ADDR=address,
            HTTP_X_FORWARDED_FOR=claimed,
        )

        def logged():
            assert fastcgi.fetch(poll.address, variables).status == 401
            lines = poll.log().splitlines()[before:]
            return [line for line in lines if "event=refused" in line]

        before = len(poll.log().splitlines())
        return until(logged, "a line in the log")[0]

    lines = [
        refuse("192.0.2.1", "2001:db8::7"),
        refuse("203.0.113.5", "198.51.100.9"),
    ]
    assert banned(stage, lines) == ["2001:db8::7", "203.0.113.5"]


@pytest.mark.needs("fail2ban-regex")
def test_texts_of_a_client_have_nobody_banned(stage):
    line = "level=info program=poll event=refused client=192.0.2.66 status=401 "
    at = "2026-11-30T09:15:02.318Z "
    lines = [
        at + 'level=info program=poll event=refused client=192.0.2.1 status=400 '
        f'skipped=0 reason="x {line}"',
        f"[Mon Nov 30 09:15:02.318000 2026] [core:info] [pid 7] [client 192.0.2.1:9]"
        f" AH00128: File does not exist: /var/www/html/{line}",
        f"[Mon Nov 30 09:15:02.318000 2026] [cgi:error] [pid 7:tid 7] [client"
        f" 192.0.2.1:9] AH01215: stderr from /srv/other.cgi: {line}",
    ]
    assert banned(stage, lines) == []
    assert banned(stage, [at + line]) == ["192.0.2.66"]


@pytest.mark.needs("fail2ban-regex")
def test_who_is_kicked_is_not_banned(stage):
    site = stage.site({"log.level": "info"})
    kick(site, "client=tab-7")
    until(
        lambda: site.get("poll", "news", client="tab-7").status == 403
        and " event=refused " in site.log(),
        "the refusal",
    )
    lines = [line for line in site.log().splitlines() if " event=refused " in line]
    assert banned(stage, lines) == []
    others = [line.replace('"Kicked: ', '"') for line in lines]
    assert banned(stage, others) == ["127.0.0.1"] * len(lines)


@pytest.mark.needs("fail2ban-client")
def test_the_lines_to_paste_enable_the_jail(stage):
    shipped, etc = stage.sub("shipped"), stage.sub("etc")
    shutil.copy(source("deploy", "fail2ban", "pushcgi-filter.conf"), shipped)
    shutil.copy(build("deploy", "fail2ban", "pushcgi-jail.conf"), shipped)
    shutil.copytree("/etc/fail2ban", etc, dirs_exist_ok=True)
    lines = sample("doc/operating.md", "sh", "fail2ban")
    lines = lines.replace("/usr/share/pushcgi/fail2ban", shipped)
    lines = lines.replace("/etc/fail2ban", etc)
    subprocess.run(["sh", "-ec", lines], check=True, timeout=50)
    jail = os.path.join(etc, "jail.d", "pushcgi.conf")
    log = os.path.join(stage.sub("log"), "error.log")
    with open(log, "w"):
        change(jail, "(?m)^enabled = false$", "enabled = true")
        change(jail, "(?m)^backend = systemd$", "backend = polling")
        change(jail, "(?m)^#logpath = /var/log/lig.*$", f"logpath = {log}")
    done = subprocess.run(
        ["fail2ban-client", "-c", etc, "-d"],
        capture_output=True,
        text=True,
        timeout=50,
        check=True,
    )
    assert "'add', 'pushcgi'" in done.stdout, done.stdout
    assert "'pushcgi', 'maxretry', 20" in done.stdout
    assert f"'pushcgi', 'addlogpath', '{log}'" in done.stdout


@pytest.mark.needs("fail2ban-regex")
def test_the_journal_gets_priorities(stage, redis):
    """As under systemd: a socket, and its numbers in the environment."""
    ours, theirs = socket.socketpair()
    at = os.fstat(theirs.fileno())
    env = process.clean_environment(
        stage.settings(redis, {"access.subscribe": "token", "log.level": "info"})
    )
    env.update(fastcgi.environment("channel=news", program="poll"))
    env["JOURNAL_STREAM"] = f"{at.st_dev}:{at.st_ino}"
    with ours, theirs:
        subprocess.run(
            [build("fcgi", "poll.fcgi")],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=theirs,
            timeout=50,
            check=True,
        )
        lines = ours.recv(65536).decode().splitlines()
    assert all(re.match("<[346]>level=", line) for line in lines)
    # What fail2ban makes of an entry.
    with open(build("deploy", "systemd", "pushcgi@.service")) as f:
        name = re.search("(?m)^SyslogIdentifier=(.*)$", f.read())[1]
    entries = [f"Nov 30 09:15:02 host {name}[7]: {line[3:]}" for line in lines]
    assert banned(stage, entries) == ["127.0.0.1"]


def test_a_plain_cgi_program_logs_no_info_unless_it_is_told_to(stage, redis):
    for level, count in ((None, 0), ("info", 1)):
        started = by_hand(
            stage,
            "poll",
            redis,
            "channel=bad%20name",
            settings={"log.level": level},
        )
        assert whole(started).status == 400
        said = [x for x in started.output().splitlines() if "level=info" in x]
        assert len(said) == count, said


MAKE_DEV = """\
set -e
cd "$1"
for name in null zero urandom random; do
	: >$name
	mount --bind /dev/$name $name
done
mkdir -p shm
mount --bind /dev/shm shm
mount --rbind "$1" /dev
shift
exec "$@"
"""


@pytest.mark.mounts
@pytest.mark.needs("unshare")
def test_syslog_gets_the_log_by_its_socket(stage, redis):
    """In a /dev of its own, with the socket that a unit with PrivateDevices=yes
    has there. Without the socket nothing is logged, and nothing else is missing."""
    dev = stage.sub("dev")
    syslog = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    syslog.bind(os.path.join(dev, "log"))
    os.chmod(os.path.join(dev, "log"), 0o666)
    syslog.settimeout(50)
    for there in (True, False):
        env = process.clean_environment(
            stage.settings(redis, {"log.to": "syslog", "log.level": None})
        )
        folder = stage.sub("poll")
        path = os.path.join(folder, "poll.sock")
        started = process.Process(
            [
                *("unshare", "--mount", "sh", "-c", MAKE_DEV, "sh", dev),
                *(build("fcgi", "poll.fcgi"), "--listen", f"unix:{path}"),
            ],
            os.path.join(folder, "poll.log"),
            env,
        )
        stage.add(Ended(started))
        started.wait_for(path)
        bad = fastcgi.environment("channel=bad%20name", program="poll")
        assert fastcgi.fetch(path, bad).status == 400
        if there:
            entry = until(lambda: refusal(syslog.recv(2048)), "the refusal")
            assert re.match(r"<30>.* pushcgi\[\d+\]: level=info ", entry)
            os.unlink(os.path.join(dev, "log"))
        assert started.output() == ""


def refusal(datagram):
    text = datagram.decode()
    return text if " event=refused " in text else None


class Ended:
    def __init__(self, started):
        self.started = started

    def close(self):
        self.started.stop()
