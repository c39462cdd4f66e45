# SPDX-License-Identifier: MIT
"""doc/examples/gitweb, followed with Debian's gitweb, git and Chromium."""

import re

import pytest

from harness.root import Root
from harness.samples import sample

pytestmark = [
    pytest.mark.mounts,
    pytest.mark.long,
    pytest.mark.browser,
    pytest.mark.needs("git", "lighttpd", "apache2", "a2enmod"),
]

PAGE = "doc/examples/gitweb/README.md"
FOLDER = "doc/examples/gitweb"
PACKAGE = sample(PAGE, "sh", "apt-get")
FILES = sample(PAGE, "sh", "live.html")
HOOK = sample(PAGE, "sh", "hooks/")
APACHE = sample(PAGE, "sh", "a2enmod")
LIGHTTPD = sample(PAGE, "sh", "50-gitweb.conf")
TABLE = sample("README.md", "sh", "systemd-sysusers")
SETTINGS = sample("README.md", "sh", "--new-secret")
PROXY = sample("README.md", "sh", "a2enconf pushcgi-proxy")
BEHIND_LIGHTTPD = sample("README.md", "sh", "lighty-enable-mod pushcgi\n")
IDENTITY = "git config --global user.name Bo; git config --global user.email b@c\n"
CLONE = """
git config --global init.defaultBranch main
for name in demo other; do
	git init -q --bare /var/lib/git/$name.git
	git clone -q /var/lib/git/$name.git /var/tmp/$name 2>/dev/null
done
"""
PUSH = """
cd /var/tmp/{project}
for n in $(seq {count}); do
	git commit -q --allow-empty -m "change $n"
done
git push -q origin HEAD:main
"""


def push(root, project, count):
    root.run(PUSH.format(project=project, count=count))


def installed(stage):
    """From `make install` to the files, with two repositories."""
    root = stage.add(Root(stage.sub("root"), stage.redis()))
    root.install()
    root.run(TABLE)
    root.settings(SETTINGS)
    root.run(PACKAGE + IDENTITY + CLONE)
    root.run(FILES, cwd=FOLDER)
    for name in ("demo", "other"):
        root.run(HOOK.replace("demo.git", f"{name}.git"), cwd=FOLDER)
        push(root, name, 1)
    return root


def says(browser, text):
    browser.until(
        "return !document.getElementById('live').hidden"
        f" && document.getElementById('live').textContent.trim() === '{text}'",
        text,
    )


def new_commits_appear(root, browser):
    """In the summary of a project, and in the list of projects."""
    windows = browser.call("GET", "/window"), browser.another_window()
    browser.go(root.url("gitweb/?p=demo.git;a=summary"))
    assert "change 1" in browser.text()
    browser.look(windows[1])
    browser.go(root.url("gitweb/"))
    assert "other.git" in browser.text()
    push(root, "other", 1)
    push(root, "demo", 2)
    says(
        browser,
        "New: 1 commit on main of other.git, 2 commits on main of demo.git."
        " Show",
    )
    browser.look(windows[0])
    says(browser, "New: 2 commits on main of demo.git. Show")
    browser.click("#live a")
    browser.until("return document.getElementById('live').hidden", "the page")
    assert "change 2" in browser.text()


def no_push_is_missed(root):
    """The page has the cursor of before it was made."""
    page = root.get("/gitweb/?p=demo.git;a=summary").body.decode()
    since = re.search('gitSince = "(.+)";', page)[1]
    push(root, "demo", 3)
    target = f"/push/longpoll?channel=git&since={since}&wait=30"
    (message,) = root.get(target).json()["messages"]
    assert message["data"] == "demo.git\nmain\n3"


def test_new_commits_appear(stage, browser):
    root = installed(stage)
    root.run(BEHIND_LIGHTTPD)
    root.run(LIGHTTPD, cwd=FOLDER)
    root.start_sockets()
    root.start_lighttpd()
    new_commits_appear(root, browser)
    no_push_is_missed(root)
    root.process.stop()
    root.run(PROXY + APACHE)
    root.start_apache()
    no_push_is_missed(root)
