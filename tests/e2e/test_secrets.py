# SPDX-License-Identifier: MIT
"""Who can read push.conf and the secret, as the shipped files have them: 0640, of the
groups pushcgi and www-data."""

import os
import re
import shutil
import subprocess

import pytest

from harness import fastcgi, process
from harness.site import build, change

PUBLISHERS, WEB = 64101, 64102  # the groups
PROGRAM, SITE, GIT, STRANGER = 64101, 64102, 64103, 64104  # users


def groups_of(unit):
    """Of its programs: that of User=, and the supplementary ones."""
    with open(build("deploy", "systemd", unit)) as f:
        names = re.findall(
            r"(?m)^(?:User|SupplementaryGroups)=(\S+)$", f.read()
        )
    return [{"pushcgi": PUBLISHERS, "www-data": WEB}[name] for name in names]


class Host:
    def __init__(self, stage, redis):
        self.stage, self.folder = stage, stage.sub("host")
        self.conf = self.own("push.conf")
        self.secret = self.own("secret")
        made = self.run(0, (), "push-token", "--new-secret")
        self.put(self.secret, made.stdout, WEB)
        shutil.copy(build("deploy", "push.conf"), self.conf)
        change(
            self.conf,
            "(?m)^secret_file = .*/pushcgi/secret$",
            f"secret_file = {self.secret}",
        )
        change(self.conf, "(?m)^#subscribe = token$", "subscribe = token")
        change(self.conf, "(?m)^#url = .*$", f"url = {redis.url()}")
        with open(self.conf) as f:
            self.put(self.conf, f.read(), PUBLISHERS)

    def own(self, name):
        return os.path.join(self.folder, name)

    @staticmethod
    def put(path, text, group):
        with open(path, "w") as out:
            out.write(text)
        os.chmod(path, 0o640)
        os.chown(path, 0, group)

    def words(self, user, groups, program, *arguments):
        """A copy of it, for users who may be unable to enter the build folder."""
        copy = self.own(os.path.basename(program))
        if not os.path.exists(copy):
            shutil.copy(build(program), copy)
        first, *rest = groups or (user,)
        return [
            *("setpriv", f"--reuid={user}", f"--regid={first}"),
            (
                f"--groups={','.join(map(str, rest))}"
                if rest
                else "--clear-groups"
            ),
            *(copy, *arguments),
        ]

    def run(self, user, groups, program, *arguments):
        return subprocess.run(
            self.words(user, groups, program, *arguments),
            env=process.clean_environment({"conf": self.conf}),
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )

    def publish(self, user, *groups):
        return self.run(user, groups, "push-publish", "news", "hello")

    def sign(self, user, *groups):
        return self.run(
            *(user, groups, "push-token", "--channel", "news", "--ttl", "1h")
        )


@pytest.fixture
def host(stage):
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    return Host(stage, stage.redis())


def test_who_may_publish_need_not_be_able_to_sign(host):
    """After `adduser git pushcgi`."""
    assert host.publish(GIT, GIT, PUBLISHERS).returncode == 0
    signed = host.sign(GIT, GIT, PUBLISHERS)
    assert (signed.returncode, signed.stdout) == (1, "")
    assert f"{host.secret} cannot be read: Permission" in signed.stderr


def test_a_stranger_can_neither_publish_nor_sign(host):
    for done in (host.publish(STRANGER), host.sign(STRANGER)):
        assert (done.returncode, done.stdout) == (1, "")
        assert host.conf in done.stderr
        assert "Permission denied" in done.stderr


def test_programs_of_the_units_accept_what_a_script_signed(stage, host):
    assert host.publish(SITE, WEB, PUBLISHERS).returncode == 0
    signed = host.sign(SITE, WEB, PUBLISHERS).stdout.strip()
    folder = stage.sub("socket")
    os.chmod(folder, 0o777)
    path = os.path.join(folder, "poll.sock")
    started = process.Process(
        host.words(
            *(PROGRAM, groups_of("pushcgi@.service"), "fcgi/poll.fcgi"),
            *("--listen", f"unix:{path}"),
        ),
        os.path.join(folder, "poll.log"),
        process.clean_environment({"conf": host.conf}),
    )
    try:
        started.wait_for(path)
        for query, status in ((signed, 200), ("channel=news", 401)):
            response = fastcgi.fetch(
                path, fastcgi.environment(query, program="poll")
            )
            assert response.status == status
        assert "event=exposed" not in started.output()
    finally:
        started.stop()
