# SPDX-License-Identifier: MIT
"""[channel "PATTERN"] sections of push.conf."""

import os
import subprocess
import time

import pytest

from harness import process
from harness.check import until
from harness.site import build

SECTIONS = """[channel "short-*"]
history.length = 1

[channel "state"]
history.length = 0
retain = last
"""


SHORT = "[history]\nttl = 3\n\n"  # s: a message of it does not last a test


def written(stage, text):
    path = os.path.join(stage.sub("conf"), "push.conf")
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    return path


@pytest.fixture
def conf(stage):
    return written(stage, SECTIONS)


def newest(site, channel):
    response = site.get("http", [channel])
    return response.body.decode() if response.status == 200 else None


def test_each_way_to_publish_uses_the_section(stage, conf):
    site = stage.site({"conf": conf})
    command = stage.command(site)
    command.lines("short-1", [str(n) for n in range(300)])
    command.lines("long-1", [str(n) for n in range(300)])
    for n in range(150):
        site.publish("short-2", str(n))
    lengths = [
        site.redis("XLEN", f"push:{{{name}}}:log")
        for name in ("short-1", "long-1", "short-2")
    ]
    # Redis trims whole nodes, of 100 entries by default
    assert lengths[0] <= 100 and lengths[1] == 300 and lengths[2] <= 100


def test_a_retained_message_outlives_its_age(stage):
    site = stage.site({"conf": written(stage, SHORT + SECTIONS)})
    site.publish("state", "first")
    site.publish("state", "on")
    published = time.monotonic()
    site.publish("other", "on")
    until(lambda: newest(site, "other") is None, "other has expired")
    assert time.monotonic() - published > 2
    assert newest(site, "state") == "on"
    batch = site.longpoll("state", since="0", wait=0)
    assert [m.get("data") for m in batch["messages"]][-1] == "on"


def test_the_sections_are_printed(conf):
    done = subprocess.run(
        [build("fcgi", "sse.fcgi"), "--print-conf"],
        env=process.clean_environment({"conf": conf}),
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout.endswith(SECTIONS)
