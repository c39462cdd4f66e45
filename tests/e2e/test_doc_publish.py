# SPDX-License-Identifier: MIT
"""The lines that publish, of README.md and doc/adding-push-to-a-page.md."""

import os
import subprocess

import pytest

from harness import process
from harness.check import Failed, until
from harness.process import Process, clean_environment
from harness.samples import sample
from harness.site import build

PAGE = "doc/adding-push-to-a-page.md"
SHELL = sample(PAGE, "sh", "push-publish shop 'We")
README = sample("README.md", "sh", "the shop is open")
LINES = sample(PAGE, "sh", "tail -F")
SCRIPT = sample(PAGE, "sh", "#!/bin/sh")
PERL = sample(PAGE, "perl", "shop")
PHP = sample(PAGE, "php", "shop")
PYTHON = sample(PAGE, "python", "shop")
TEXT = "-é <b>\"you\"</b> & 'me' $HOME `id` %41 \\ \u2028 done"


def environment(settings):
    """As a CGI script has it: no language, and a short PATH."""
    return {
        **{
            name: value
            for name, value in clean_environment(settings).items()
            if not name.startswith(("LC_", "LANG"))
        },
        "PATH": f"{build()}:/usr/bin:/bin",
        "LC_ALL": "C",
        "TEXT": TEXT,
    }


def run(settings, command, code=""):
    done = subprocess.run(
        command,
        input=code,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment(settings),
        timeout=30,
        check=False,
    )
    if (done.returncode, done.stderr) != (0, ""):
        raise Failed(f"{command}: {done!r}")
    return done.stdout


def published(site, channel, command, code):
    """What the sample publishes; it prints nothing else."""
    since = site.publish(channel, "before")
    out = run(site.settings, command, code)
    (message,) = site.longpoll(channel, since=since, wait=0)["messages"]
    assert out.strip() in ("", message["id"])
    return message["data"]


@pytest.mark.needs("perl")
def test_the_perl_lines_publish(site, channel):
    code = 'use strict; use warnings; my $text = $ENV{TEXT};\n'
    code += PERL.replace("shop", channel)
    assert published(site, channel, ["perl", "-"], code) == TEXT


@pytest.mark.needs("php")
def test_the_php_lines_publish(site, channel):
    code = '<?php error_reporting(E_ALL); $text = getenv("TEXT");\n'
    code += PHP.replace("shop", channel)
    assert published(site, channel, ["php"], code) == TEXT


def test_the_python_line_publishes(site, channel):
    code = 'import os, subprocess\ntext = os.environ["TEXT"]\n'
    code += PYTHON.replace("shop", channel)
    assert published(site, channel, ["/usr/bin/python3"], code) == TEXT


def test_the_shell_lines_publish(site, channel):
    code = SHELL.replace("push-publish shop", f"push-publish {channel}")
    assert published(site, channel, ["sh", "-e"], code) == "We are open."
    code = README.replace("push-publish news", f"push-publish {channel}")
    assert published(site, channel, ["sh", "-e"], code) == "the shop is open"


def test_lines_of_a_log_are_published(stage, site, channel):
    path = os.path.join(stage.sub("log"), "syslog")
    with open(path, "w", encoding="utf-8"):
        pass
    code = LINES.replace("/var/log/syslog", path)
    started = Process(
        ["bash", "-c", code.replace("--lines log", f"--lines {channel}")],
        os.path.join(stage.sub("lines"), "lines.log"),
        environment(site.settings),
        start_new_session=True,
    )
    subscriber = site.sse(channel).ready()
    until(
        lambda: "tail" in names(started.pid), "tail, which follows the file"
    )
    with open(path, "a", encoding="utf-8") as log:
        print("one\ntwo", file=log)
    assert subscriber.wait_messages(2) == ["one", "two"]
    process.kill_all(process.descendants(started.pid))
    started.wait(20)


def names(pid):
    """Of the programs that a shell has started."""
    return [
        os.path.basename(process.command_line(p)[0])
        for p in process.descendants(pid)
        if process.command_line(p)
    ]


@pytest.mark.browser
def test_a_page_of_the_script_misses_nothing(stage, site, channel, browser):
    """The script, and the page that it prints."""
    path = os.path.join(stage.sub("shop"), "status")
    with open(path, "w", encoding="utf-8") as out:
        out.write("We are closed.")
    code = SCRIPT.replace("/var/lib/shop/status", path)
    code = code.replace("channel=shop", f"channel={channel}")
    code = code.replace("--cursor shop", f"--cursor {channel}")
    head, _, page = run(site.settings, ["sh", "-s"], code).partition("\n\n")
    assert head == "Content-Type: text/html"
    site.publish(channel, "We are open.")  # before the page is shown
    browser.go(site.page(f"{channel}.html", page))
    browser.until(
        "return document.getElementById('status').textContent"
        " === 'We are open.'",
        "what was published between",
    )
