# SPDX-License-Identifier: MIT
"""README.md and doc/handoff.md, followed from `make install` to a message."""


import pytest

from harness.check import until
from harness.root import Root
from harness.samples import sample

pytestmark = [pytest.mark.long, pytest.mark.mounts]
README = "README.md"
FIRST = sample(README, "sh", "curl -N")
TABLE = sample(README, "sh", "systemd-sysusers")
SETTINGS = sample(README, "sh", "--new-secret")
LIGHTTPD = sample(README, "sh", "lighty-enable-mod pushcgi\n")
LIGHTTPD_SOCKET = sample(README, "sh", "lighty-enable-mod pushcgi-websocket")
PROXY = sample(README, "sh", "a2enconf pushcgi-proxy")
FCGID = sample(README, "sh", "a2enconf pushcgi-fcgid")
HANDOFF = "doc/handoff.md"
HANDOFF_SECRET = sample(HANDOFF, "sh", "--new-secret")
HANDED_OFF = sample(HANDOFF, "sh", "a2enconf pushcgi-handoff")
WITHOUT_APACHE = sample(HANDOFF, "sh", "systemctl stop apache2")
APACHE_SOCKET = sample(README, "sh", "a2enconf pushcgi-websocket")


@pytest.fixture
def root(stage):
    redis = stage.redis("--appendonly", "yes")
    made = stage.add(Root(stage.sub("root"), redis))
    made.install()
    made.run(TABLE)
    made.settings(SETTINGS)
    return made


def finds_nothing(root):
    """The doctor, as root and as the user of the web server. (Of "host" and
    "server" are what all tests run; test_doctor_install.py has the latter.)"""
    for area in ("files", "settings", "sockets", "redis"):
        said = root.run(f"push-doctor --only {area} || true")
        assert said.endswith("\n0 errors, 0 warnings.\n"), said
    for user in ("root", "www-data"):
        said = root.run(f"runuser -u {user} -- push-doctor --check || true")
        assert said.endswith("\n0 errors, 0 warnings.\n"), said
        assert f"User: {user}\n" in said


def works(root):
    """The lines that README has to see that it works."""
    finds_nothing(root)
    subscribe, publish = FIRST.splitlines()
    curl = root.start("curl", "bash", "-c", root.here(subscribe) + " wait")

    def shows():
        root.run(publish)
        return "data: it works" in curl.output()

    until(shows, "the message in the terminal", step=0.2)


def test_behind_lighttpd(root):
    root.run(LIGHTTPD)
    root.run(LIGHTTPD_SOCKET)
    root.start_sockets()
    root.start_lighttpd()
    works(root)


@pytest.mark.apache
def test_behind_apache_for_many_subscribers(root):
    root.run(PROXY)
    root.run(APACHE_SOCKET)
    root.start_sockets()
    root.start_apache()
    works(root)


@pytest.mark.apache
def test_apache_hands_off_and_may_be_stopped(root):
    root.run(PROXY)
    root.settings(HANDOFF_SECRET)
    root.run(HANDED_OFF)
    root.start_sockets()
    root.start_handoff()
    root.start_apache()
    works(root)
    subscribe, first, stop, second, start = WITHOUT_APACHE.splitlines()
    curl = root.start("held", "bash", "-c", root.here(subscribe) + " wait")
    until(lambda: "event: cursor" in curl.output(), "that it is held")
    root.run(first)
    assert stop == "systemctl stop apache2"
    root.process.stop()
    root.run(second)
    until(
        lambda: curl.output().count("data: ") == 3  # with the cursor
        and "data: and without Apache" in curl.output(),
        "both messages",
    )
    assert start == "systemctl start apache2"
    root.start_apache()
    assert root.get("/push/poll?channel=news").status == 200


@pytest.mark.apache
def test_behind_apache_for_few_subscribers(root):
    root.run(FCGID)
    root.start_apache()
    works(root)
