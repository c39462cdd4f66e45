# SPDX-License-Identifier: MIT
"""The shell lines of README.md and doc/techniques/ that subscribe or publish."""

import os
import re
import subprocess

import pytest

from harness.check import until
from harness.process import Process, clean_environment, descendants, kill_all
from harness.samples import sample
from harness.site import build

HOST = "127.0.0.1:8080"  # as the samples have it
CURL = {
    "http": sample("doc/techniques/http.md", "sh", "curl"),
    "iframe": sample("doc/techniques/iframe.md", "sh", "curl"),
    "jsonp": sample("doc/techniques/jsonp.md", "sh", "curl"),
    "longpoll": sample("doc/techniques/longpoll.md", "sh", "curl"),
    "poll": sample("doc/techniques/poll.md", "sh", "curl"),
    "sse": sample("doc/techniques/sse.md", "sh", "curl"),
    "stream": sample("doc/techniques/stream.md", "sh", "curl"),
}
FIRST = sample("README.md", "sh", "it works")
PUBLISH = sample("doc/techniques/publish.md", "sh", "curl -H @header")
SECRET = sample("doc/techniques/publish.md", "ini", "publish_secret_file")
WEBSOCKET = sample("doc/techniques/websocket.md", "sh", "-m websockets")
SHOWN = re.compile(r'first|live|"cursor"|HTTP/1.1 304')


def commands(code):
    """One string each; a line that ends in | or \\ goes on in the next."""
    return re.findall(r"(?m)^(?:.*[|\\]\n)*.*[^|\\\n]$", code)


class Shell:
    """A command in its own process group, with a pipe to its stdin."""

    def __init__(self, stage, command, settings, **env):
        folder = stage.sub("shell")
        self.process = Process(
            ["bash", "-c", command],
            os.path.join(folder, "shell.log"),
            {
                **clean_environment(settings),
                "PATH": f"{build()}:{os.environ['PATH']}",
                "PYTHONUNBUFFERED": "1",
                **env,
            },
            cwd=folder,
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        stage.add(self)

    def output(self):
        return self.process.output()

    def close(self):
        """It may be a stream, which has no end."""
        kill_all(descendants(self.process.pid))
        self.process.stop()
        self.process.popen.stdin.close()


@pytest.mark.parametrize("name", CURL)
def test_the_curl_lines_receive(stage, site, channel, name):
    cursor = site.publish(channel, "first")
    etag = site.get("http", channel).headers["ETag"].strip('"')
    for command in commands(CURL[name]):
        shell = Shell(
            stage,
            command.replace(HOST, f"127.0.0.1:{site.port}")
            .replace("channel=news", f"channel={channel}")
            .replace("CURSOR", cursor)
            .replace("ETAG", etag),
            site.settings,
        )
        if "wait=" in command:
            site.holds(name, channel, 1)
            site.publish(channel, "live")

        def shows():
            if "-N" in command and shell.process.alive():
                site.publish(channel, "live")
                return "live" in shell.output()
            return not shell.process.alive()

        until(shows, f"what it receives: {command}", step=0.2)
        assert SHOWN.search(shell.output()), f"{command}: {shell.output()}"


def test_the_first_lines_show_what_is_published(stage, site, channel):
    """Both wait for nothing: the message may come before the subscriber."""
    code = FIRST.replace("http://localhost/", site.url())
    subscribe, publish = commands(code.replace("news", channel))
    shell = Shell(stage, f"{subscribe}\nwait", site.settings)

    def shows():
        Shell(stage, publish, site.settings).process.wait(30)
        return "data: it works" in shell.output()

    until(shows, "the message in the terminal", step=0.5)


def test_a_program_publishes_with_its_secret(stage, channel):
    folder = stage.sub("etc")
    os.chmod(folder, 0o755)
    secret, conf = (os.path.join(folder, n) for n in ("publish", "push.conf"))
    with open(secret, "w", encoding="utf-8") as out:
        out.write("a secret of programs\n")
    with open(conf, "w", encoding="utf-8") as out:
        out.write(SECRET.replace("/etc/pushcgi/publish", secret))
    os.chmod(secret, 0o644)
    site = stage.site({"conf": conf, "access.publish": "token"})
    code = PUBLISH.replace("/etc/pushcgi/publish", secret)
    shell = Shell(stage, code.replace(HOST, site.url()[7:-1]), site.settings)
    assert shell.process.wait(30) == 0
    got = site.longpoll("news", since=0, wait=0)["messages"]
    assert [(m.get("event"), m["data"]) for m in got] == [
        (None, "tea & cake"),
        ("chat", "hi"),
    ], shell.output()
    assert site.post("news", "x").status == 401


def test_a_terminal_is_a_websocket_client(stage, shared, channel):
    site = shared.site()
    install, run = commands(WEBSOCKET)
    assert install == "apt-get install python3-websockets"
    run = run.replace(HOST, f"127.0.0.1:{site.port}")
    shell = Shell(
        stage, run.replace("channel=news", f"channel={channel}"), site.settings
    )

    def shows():
        assert shell.process.alive(), shell.output()
        site.publish(channel, "hi")
        return '"data":"hi"' in shell.output()

    until(shows, "the message in the terminal", step=0.2)
