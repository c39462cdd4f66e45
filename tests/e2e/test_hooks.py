# SPDX-License-Identifier: MIT
"""hook.command and hook.channel, through web servers, and the samples of
doc/hooks.md."""

import json
import os
import signal

import pytest

from harness.apache import ApacheFcgid, ApacheProxy
from harness.check import until
from harness.lighttpd import Lighttpd, LighttpdCgi
from harness.samples import sample
from harness.techniques import ALL, Reading

PAGE = "doc/hooks.md"
SHELL = sample(PAGE, "sh", "logger")
PERL = sample(PAGE, "perl", "JSON::PP")
COMMAND = sample(PAGE, "ini", "command =")
CHANNEL = sample(PAGE, "ini", "channel = hooks")

BY_NAME = {technique.name: technique for technique in ALL}


def conf(stage, text, name="push.conf"):
    path = os.path.join(stage.sub("etc"), name)
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    os.chmod(path, 0o644)
    return path


def program(stage, text):
    """A hook, and the file where @OUT is."""
    folder = stage.sub("hook")
    os.chmod(folder, 0o777)
    path = os.path.join(folder, "hook")
    out = os.path.join(folder, "out")
    with open(path, "w", encoding="utf-8") as opened:
        opened.write(text.replace("@OUT", out))
    os.chmod(path, 0o755)
    return path, out


def read(path):
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8") as opened:
        return opened.read()


def runs(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as opened:
            return opened.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def events(text):
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize(
    "server",
    [Lighttpd, pytest.param(ApacheProxy, marks=pytest.mark.apache)],
    ids=lambda server: server.__name__,
)
def test_a_program_is_told_killed_and_started_again(stage, channel, server):
    path, out = program(
        stage, "#!/bin/sh\necho $$ >@OUT.pid\nexec cat >>@OUT\n"
    )
    site = stage.site({"hook.command": path, "hold.beat": 1}, server=server)
    reading = Reading(site, BY_NAME["sse"], channel, client="tab-7").ready()
    until(lambda: "tab-7" in read(out), "the first line")
    (first,) = events(read(out))
    assert first["address"] == "127.0.0.1"
    assert (first["event"], first["channel"]) == ("subscribe", channel)
    pid = int(read(f"{out}.pid"))
    os.kill(pid, signal.SIGKILL)
    until(lambda: "event=hook " in site.log(), "its end in the log")
    reading.close()
    until(lambda: '"reason":"left"' in read(out), "the end")
    pid = int(read(f"{out}.pid"))
    site.programs.get("sse", site.process).signal(signal.SIGTERM)
    until(lambda: not runs(pid), "the end of the hook", 30)


@pytest.mark.parametrize(
    "server",
    [
        LighttpdCgi,
        pytest.param(ApacheFcgid, marks=pytest.mark.apache),
    ],
    ids=lambda server: server.__name__,
)
def test_a_channel_is_told_where_a_program_serves_one(stage, channel, server):
    path, out = program(stage, "#!/bin/sh\nexec cat >>@OUT\n")
    section = CHANNEL.replace("subscribe = token", "subscribe = any")
    site = stage.site(
        {
            "conf": conf(stage, section),
            "hook.command": path,
            "hold.beat": 1,
        },
        server=server,
    )
    hooks = Reading(site, BY_NAME["sse"], "hooks").ready()
    Reading(site, BY_NAME["stream"], channel, client="tab-7").ready().close()
    hooks.wait_data(2)
    came, gone = [json.loads(m["data"]) for m in hooks.messages]
    assert (came["event"], came["client"]) == ("subscribe", "tab-7")
    # lighttpd ends the program of a client that has left
    assert gone["event"] == "end" and gone["reason"] in ("left", "stopped")
    assert read(out) == ""


def test_the_sample_of_sh(stage, channel):
    """With a logger of its own."""
    tools = stage.sub("tools")
    os.chmod(tools, 0o777)
    logger = os.path.join(tools, "logger")
    with open(logger, "w", encoding="utf-8") as out:
        out.write(f'#!/bin/sh\necho "$*" >>{tools}/log\n')
    os.chmod(logger, 0o755)
    text = SHELL.replace("trap", f"PATH={tools}:$PATH; trap")
    path, _ = program(stage, text)
    setting = COMMAND.replace("/usr/local/lib/site/who", path)
    site = stage.site({"conf": conf(stage, setting)})
    Reading(site, BY_NAME["sse"], channel).ready().close()
    until(lambda: "-t push gone: " in read(f"{tools}/log"), "the end")
    assert "-t push {" in read(f"{tools}/log")


def test_the_sample_of_perl_and_a_flood(stage, channel):
    text = PERL.replace("$| = 1;", "open(STDOUT, '>>', '@OUT');\n$| = 1;")
    path, out = program(stage, text)
    site = stage.site({"hook.command": path})
    channels = [channel, *channel.also("b", "c")]
    for _ in range(30):
        Reading(site, BY_NAME["sse"], channels).ready().close()
    until(lambda: len(read(out).splitlines()) == 180, "all lines")
    until(lambda: f"{channel}: 0" in read(out), "all have gone")


def test_a_program_that_begins_anew_tells_the_same_hook(stage, channel):
    path, out = program(
        stage, "#!/bin/sh\necho $$ >>@OUT.pid\nexec cat >>@OUT\n"
    )
    site = stage.site({"hook.command": path})
    Reading(site, BY_NAME["sse"], channel, client="before").ready()
    until(lambda: '"before"' in read(out), "the first line")
    os.kill(site.responder("sse"), signal.SIGTERM)
    until(lambda: '"stopped"' in read(out), "the end")
    Reading(site, BY_NAME["sse"], channel, client="after").ready()
    until(lambda: '"after"' in read(out), "the line after it")
    assert len(read(f"{out}.pid").splitlines()) == 1


def test_a_program_that_begins_anew_with_another_hook_ends_the_old(
    stage, channel
):
    path, out = program(
        stage, "#!/bin/sh\necho $$ >>@OUT.pid\nexec cat >>@OUT\n"
    )
    settings = conf(stage, f"[hook]\ncommand = {path}\n")
    site = stage.site({"conf": settings})
    Reading(site, BY_NAME["sse"], channel, client="before").ready()
    until(lambda: '"before"' in read(out), "the first line")
    with open(settings, "w") as f:
        f.write(f"[hook]\ncommand = {path}.other\n")
    os.kill(site.responder("sse"), signal.SIGTERM)
    pid = int(read(f"{out}.pid"))
    until(lambda: not runs(pid), "the end of the old hook", 30)
    Reading(site, BY_NAME["sse"], channel, client="after").ready()
    until(lambda: f'event=hook program="{path}.other"' in site.log(), "the other")
    assert '"after"' not in read(out)
