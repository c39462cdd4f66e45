# SPDX-License-Identifier: MIT
"""doc/examples/nagios4, followed with Debian's Nagios, Apache and Chromium."""

import json

import pytest

from harness.check import until
from harness.root import Root
from harness.samples import sample

pytestmark = [
    pytest.mark.mounts,
    pytest.mark.long,
    pytest.mark.browser,
    pytest.mark.needs("nagios4", "apache2", "a2enmod"),
]

PAGE = "doc/examples/nagios4/README.md"
FOLDER = "doc/examples/nagios4"
PACKAGE = sample(PAGE, "sh", "apt-get")
FILES = sample(PAGE, "sh", "nagios4 -v")
TABLE = sample("README.md", "sh", "systemd-sysusers")
SETTINGS = sample("README.md", "sh", "--new-secret")
PROXY = sample("README.md", "sh", "a2enconf pushcgi-proxy")
COMMANDS = "/var/lib/nagios4/rw/nagios.cmd"
STATUS = "cgi-bin/nagios4/status.cgi?host=all"


def check(root, state, output):
    """The result of a check, as an external program hands it to Nagios."""
    line = f"PROCESS_SERVICE_CHECK_RESULT;localhost;HTTP;{state};{output}"
    root.run(f"echo \"[$(date +%s)] {line}\" >{COMMANDS}")


def test_the_page_of_nagios_follows_the_checks(stage, browser):
    root = stage.add(Root(stage.sub("root"), stage.redis()))
    root.install()
    root.run(TABLE)
    root.settings(SETTINGS)
    root.run(PROXY + PACKAGE)
    root.run(FILES, cwd=FOLDER)
    root.start_sockets()
    root.start_apache()
    root.run("install -d -o nagios /run/nagios4")
    root.start("nagios4", "nagios4", "/etc/nagios4/nagios.cfg")
    until(lambda: root.run(f"ls {COMMANDS}", check=False), "Nagios to run")
    until(
        lambda: b"status.css" in root.get(f"/{STATUS}").body,
        "the page with the states",
    )
    browser.go(root.url(STATUS))
    browser.until(
        "return [...document.styleSheets].some((sheet) =>"
        " sheet.href.endsWith('status.css') && sheet.cssRules.length > 0)",
        "its style",
    )
    browser.run("window.loaded = true")  # until it is loaded again
    for state, word, output in (
        (2, "CRITICAL", "the disk is <full>"),
        (0, "OK", "there is room"),
    ):
        check(root, state, output)
        shown = f"document.body.innerText.includes({json.dumps(output)})"
        browser.until(f"return {shown}", output)
        row = browser.run(
            "return [...document.querySelectorAll('table.status tr')]"
            ".map((row) => row.innerText).find((text) => text.includes('HTTP'))"
        )
        assert word in row and output in row
    assert browser.run("return window.loaded") is True
