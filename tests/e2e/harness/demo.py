# SPDX-License-Identifier: MIT
"""./demo itself, as a user starts it."""

import os
import re

import pytest

from harness import web
from harness.check import Failed, until
from harness.process import Process, clean_environment, free_port
from harness.resp import Resp
from harness.site import build, copy_demo_site, source

MODULE = "/usr/lib/apache2/modules/mod_fcgid.so"
OURS = ("build", "config.status", "demo-site")


def clone(folder):
    """Links the source tree, with the build folder as its build/, so that
    ./demo does not build again. demo-site is copied, for ./demo copies it."""
    for name in os.listdir(source()):
        if name not in OURS and not name.startswith("."):
            os.symlink(source(name), os.path.join(folder, name))
    copy_demo_site(os.path.join(folder, "demo-site"))
    os.symlink(build(), os.path.join(folder, "build"))


class Demo:
    """A running ./demo, with the interface of a site that the page needs."""

    def __init__(self, folder, server):
        if server != "lighttpd" and not os.path.exists(MODULE):
            pytest.skip("libapache2-mod-fcgid is not installed")
        clone(folder)
        self.port = free_port()
        env = {
            name: value
            for name, value in clean_environment().items()
            if not name.startswith("MAKE")
        }  # of a `make check` around us
        self.process = Process(
            ["./demo", "--server", server, "--port", str(self.port)],
            os.path.join(folder, "demo.log"),
            env,
            cwd=folder,
        )
        try:
            self.work = until(self.ready, "./demo to be ready", 90)
        except BaseException:
            self.process.stop(120)
            raise
        self.settings = {"conf": os.path.join(self.work, "push.conf")}
        if server == "apache-cgi":  # it ends only after those that are held
            with open(self.settings["conf"], "a") as out:
                out.write("[hold]\nwait = 2\nbeat = 1\n")

    def ready(self):
        if not self.process.alive():
            raise Failed(f"./demo ended: {self.process.tail()}")
        text = self.process.output()
        found = re.search(r"(?m)^  export PUSHCGI_CONF=(.*)/push.conf$", text)
        url = f"ready: http://127.0.0.1:{self.port}/\n"
        command = re.search(r"(?m)^publish: (.*)$", text)
        self.command = command and command[1]
        return found and command and url in text and found[1]

    def post(self, channel, data, headers=None):
        """The response to publishing by a form."""
        return web.request(
            self.port,
            "POST",
            "/push/publish",
            web.form(channel=channel, data=data),
            {**web.FORM, **(headers or {})},
        )

    def url(self, name=""):
        return f"http://127.0.0.1:{self.port}/{name}"

    def redis(self, *words):
        client = Resp(os.path.join(self.work, "redis.sock"))
        try:
            return client(*words)
        finally:
            client.close()

    def close(self):
        status = self.process.stop(120)
        if status != 0:
            raise Failed(f"./demo ended with {status}: {self.process.tail()}")
        if os.path.exists(self.work):
            raise Failed(f"./demo left {self.work} behind")
