# SPDX-License-Identifier: MIT
"""push-doctor and this machine: web servers and programs that really run.
Other tests run servers at the same time, so each test looks for its own."""

import os
import re
import shlex
import shutil
import subprocess

import pytest

from harness import process
from harness.check import until
from harness.doctor import examine
from harness.lighttpd import Lighttpd, LighttpdUnits
from harness.samples import sample
from harness.site import build


FEW = 512  # descriptors: the doctor names those with the fewest first
COMMANDS = sample("doc/operating.md", "sh", "--access")


def of(stage, area, word):
    """What is found about the thing with this word: a file, a process."""
    found = examine(stage.sub("etc"), "", "--only", area)
    return [f for f in found if word in str(f)]


@pytest.mark.parametrize("server", [Lighttpd, LighttpdUnits])
def test_nothing_is_wrong_with_the_files_for_lighttpd(stage, server):
    site = stage.site(server=server)
    (found,) = of(stage, "server", site.config)
    assert found["level"] == "ok", found


def test_a_lighttpd_that_serves_nobody_at_a_reload(stage):
    site = stage.site(
        server=LighttpdUnits, after="server.feature-flags := ( )\n"
    )
    (found,) = of(stage, "server", site.config)
    assert "A reload of lighttpd while anybody is held" in found["sentence"]
    assert found["file"] == site.config
    (line,) = found["lines"]
    with open(site.config, "a", encoding="utf-8") as config:
        config.write(line + "\n")
    (found,) = of(stage, "server", site.config)
    assert found["level"] == "ok", found


def test_the_configuration_of_a_stranger_is_not_run(stage):
    """Anybody can start a process with this name and argument."""
    folder = stage.sub("stranger")
    config, mark = f"{folder}/lighttpd.conf", f"{folder}/mark"
    with open(config, "w", encoding="utf-8") as out:
        out.write(f'include_shell "touch {mark}"\n')
    os.chmod(config, 0o666)
    name = f"{folder}/lighttpd"
    with open(name, "w", encoding="utf-8") as out:
        out.write("#!/bin/sh\necho runs\nread -r end\n")
    os.chmod(name, 0o755)
    with subprocess.Popen(
        [name, "-f", config], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as stranger:
        assert stranger.stdout.readline() == b"runs\n"
        (found,) = of(stage, "server", config)
        stranger.communicate()
    assert found["level"] == "note"
    assert "others can write it" in found["sentence"]
    assert not os.path.exists(mark)


def test_a_program_with_few_descriptors(stage):
    few = stage.responder("sse", nofile=FEW)
    enough = stage.responder("sse", redis=few.redis, nofile=4096)
    (found,) = [
        f
        for f in of(stage, "host", f"sse.fcgi (process {few.pid})")
        if "may open only" in f["sentence"]
    ]
    assert f"(process {enough.pid})" not in found["sentence"]
    assert "LimitNOFILE=65536" in found["lines"]


def test_a_program_without_the_wall(stage):
    without = stage.responder("sse", {"process.wall": "no"}, nofile=FEW)
    behind = stage.responder("sse", redis=without.redis, nofile=FEW)
    until(lambda: " wall=" in behind.log(), "the wall, after it listens")
    (found,) = [
        f
        for f in of(stage, "host", f"(process {without.pid})")
        if "have no filter of system calls" in f["sentence"]
    ]
    assert f"(process {behind.pid})" not in found["sentence"]


def test_a_program_whose_file_was_replaced(stage):
    folder = stage.sub("programs")
    path = shutil.copy(build("fcgi", "poll.fcgi"), folder)
    program = process.Process(
        [path, "--listen", f"unix:{folder}/poll.sock"],
        f"{folder}/log",
        process.clean_environment({"limit.table": ""}),
        FEW,
    )
    program.wait_for(f"{folder}/poll.sock")
    word = f"poll.fcgi (process {program.pid})"
    before = of(stage, "host", word)
    os.unlink(path)
    new = [f for f in of(stage, "host", word) if f not in before]
    assert "still run an older version" in str(new)
    program.stop()


def test_the_commands_of_the_manual(stage):
    site = stage.site(server=LighttpdUnits)
    settings = {"bus.url": site.redis.url(), "hold.beat": 1}
    for line in COMMANDS.splitlines():
        line = line.replace("https://www.example.org/push", site.url("push"))
        name, *arguments = shlex.split(line, comments=True)
        said = subprocess.run(
            [build(name), *arguments],
            capture_output=True,
            text=True,
            env=process.clean_environment(settings),
            timeout=120,
            check=False,
        )
        assert said.returncode in (0, 1), said
        assert re.search(r"\d+ errors?, \d+ warnings?\.\n$", said.stdout)
