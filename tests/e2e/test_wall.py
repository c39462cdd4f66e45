# SPDX-License-Identifier: MIT
"""Behind the last wall a program does all that it must, whatever is replaced."""

import ctypes
import glob
import os
import re
import signal

import pytest

from harness import certificates, fastcgi
from harness.check import until
from harness.lighttpd import Lighttpd
from harness.process import free_port
from harness.signed import SECRET, rights
from harness.site import build


def status(pid):
    """What the kernel says of the process: seccomp's mode, how many filters, and
    whether it can gain privileges."""
    with open(f"/proc/{pid}/status") as f:
        text = f.read()
    return [
        int(re.search(rf"(?m)^{name}:\s*(\d+)$", text)[1])
        for name in ("Seccomp", "Seccomp_filters", "NoNewPrivs")
    ]


def put(path, text):
    """As an administrator replaces a file: another of the same name."""
    with open(path + ".new", "w") as out:
        out.write(text)
    os.rename(path + ".new", path)


def words():
    """What the log says: Landlock is not in each kernel."""
    landlock_create_ruleset, version = 444, 1
    ask = ctypes.CDLL(None).syscall
    offered = ask(landlock_create_ruleset, None, ctypes.c_size_t(0), version)
    return "seccomp+landlock" if offered > 0 else "seccomp"


BEFORE = status("self")  # such as that of a container


def walled(pid):
    mode, filters, no_new = status(pid)
    return (mode, filters - BEFORE[1], no_new) == (2, 2, 1)


@pytest.mark.needs("openssl")
def test_redis_by_name_and_tls_and_a_replaced_key(stage):
    folder = stage.sub("certificates")
    certificates.make(folder)
    port = free_port()
    redis = stage.redis(*certificates.options(folder, port))
    secret = os.path.join(stage.sub("keys"), "secret")
    put(secret, SECRET)
    site = stage.site(
        {
            "bus.url": f"rediss://localhost:{port}/0",
            "bus.tls_ca": os.path.join(folder, "ca.crt"),
            "access.subscribe": "token",
            "access.secret_file": secret,
        },
        redis=redis,
    )
    subscriber = site.sse("news", **rights("news")).ready()
    site.publish("news", "one")
    assert subscriber.wait_messages(1) == ["one"]
    pid = site.responder("sse")
    assert walled(pid)
    start = rf"(?m)program=sse event=start .* wall={re.escape(words())}$"
    assert re.search(start, site.log())

    other = "another secret, of the next year"
    put(secret, other)
    until(
        lambda: site.get("poll", "news", **rights("news", secret=other)).status
        == 200,
        "the new secret counts",
    )
    certificates.make(folder)  # another authority, another certificate
    redis.stop()
    redis.start()
    until(lambda: site.post("news", "two").status == 201, "201")
    assert subscriber.wait_messages(2) == ["one", "two"]
    assert site.responder("sse") == pid and walled(pid)


def test_a_spool_keeps_and_sends(stage):
    spool = os.path.join(stage.sub("spool"), "spool")
    publish = stage.responder("publish", {"publish.spool": spool, "bus.timeout": 1})

    def post(text):
        body = f"channel=news&data={text}".encode()
        variables = fastcgi.environment("", "POST", "publish", body)
        return fastcgi.fetch(publish.address, variables, body=body).status

    until(lambda: post("one") == 201, "201")
    assert walled(publish.pid)
    publish.redis.stop()
    until(lambda: post("two") == 202, "202")
    publish.redis.start()
    until(lambda: not glob.glob(os.path.join(spool, "*.msg")), "an empty spool")
    until(lambda: post("three") == 201, "201")
    socket = publish.address
    publish.close()
    assert not os.path.exists(socket), "its socket is still there"


def test_a_program_that_begins_anew_has_the_same_wall(stage):
    """The kernel would add up filters, and then refuse more."""
    site = stage.site(server=Lighttpd)
    pid = site.responder("sse")

    def starts():
        return re.findall("program=sse event=start .* wall=(.*)", site.log())

    for times in (2, 3):
        os.kill(pid, signal.SIGTERM)
        until(lambda n=times: len(starts()) == n, "another start")
    assert starts() == [words()] * 3
    assert site.responder("sse") == pid and walled(pid)
    subscriber = site.sse("news").ready()
    site.publish("news", "one")
    assert subscriber.wait_messages(1) == ["one"]


def test_without_it_nothing_is_limited(stage, redis):
    poll = stage.responder("poll", {"process.wall": "no"}, redis=redis)
    until(lambda: " wall=none" in poll.log(), "the start")
    assert status(poll.pid)[1] == BEFORE[1]


def test_the_units_allow_raising_it():
    with open(build("deploy", "systemd", "pushcgi@.service")) as f:
        calls = re.search("(?m)^SystemCallFilter=(.*)$", f.read())[1].split()
    assert {"seccomp", "landlock_restrict_self"} <= set(calls)
