# SPDX-License-Identifier: MIT
"""The scripts of doc/adding-push-to-a-cgi-site.md, under mod_cgi."""

import os
import re
import subprocess

import pytest

from harness.check import until
from harness.samples import sample
from harness.site import build
from harness.web import FORM

PAGE = "doc/adding-push-to-a-cgi-site.md"
BOOK = "/var/lib/guestbook/entries"
TEXT = "</li><b>hello</b> & \"you\" +100 % \\ ' \u00e4"
ENTRIES = (
    "return [...document.querySelectorAll('#book li')]"
    ".map(li => li.textContent)"
)


SCRIPTS = {
    "perl": sample(PAGE, "perl", BOOK),
    "bash": sample(PAGE, "bash", BOOK),
    "c": sample(PAGE, "c", BOOK),
}


def script(language, folder):
    """The script of the page, with another path of the book."""
    return SCRIPTS[language].replace(BOOK, os.path.join(folder, "entries"))


def install(stage, language):
    """The folder of a site whose /book is the script."""
    folder = stage.sub("guestbook")
    os.chmod(folder, 0o777)
    book = os.path.join(folder, "book.cgi")
    text = script(language, folder)
    if language == "c":
        with open(book + ".c", "w", encoding="utf-8") as out:
            out.write(text)
        subprocess.run(
            [
                "cc",
                "-std=gnu11",
                "-Wall",
                "-Wextra",
                "-Werror",
                "-o",
                book,
                book + ".c",
            ],
            check=True,
        )
    else:
        with open(book, "w", encoding="utf-8") as out:
            out.write(text)
    os.chmod(book, 0o755)
    return folder


def guestbook(stage, language):
    redis = stage.redis()
    conf = os.path.join(stage.sub("conf"), "push.conf")
    with open(conf, "w", encoding="utf-8") as out:
        out.write(f"[bus]\nurl = {redis.url()}\n")
    path = os.path.dirname(build("push-publish")) + ":/usr/bin:/bin"
    return stage.site(
        root=install(stage, language),
        redis=redis,
        before=f"""
server.modules += ( "mod_cgi", "mod_setenv" )
cgi.assign = ( ".cgi" => "" )
setenv.set-environment = ( "PATH" => "{path}", "PUSHCGI_CONF" => "{conf}" )
""",
    )


def write(browser, text):
    browser.type("input[name=text]", text)
    browser.click("button")


def since_of(page):
    return re.search(r"since=([^\"&]*)\"", page.body.decode()).group(1)


def shows_what_is_written(stage, browser, language):
    """In two windows, of which one writes."""
    site = guestbook(stage, language)
    windows = browser.call("GET", "/window"), browser.another_window()
    browser.go(site.url("book.cgi"))
    response = site.request(
        "POST", "/book.cgi", b"text=first+entry%21&more=1", FORM
    )
    assert (response.status, response.headers["Location"]) == (
        303,
        "/book.cgi",
    )
    until(
        lambda: browser.run(ENTRIES) == ["first entry!"],
        "the entry, on a page that was open",
    )
    browser.look(windows[1])
    browser.go(site.url("book.cgi"))
    assert browser.run(ENTRIES) == ["first entry!"]
    write(browser, TEXT)
    want = ["first entry!", TEXT]
    for window, how in zip(windows, ("live", "from the file")):
        browser.look(window)
        until(lambda: browser.run(ENTRIES) == want, f"both entries, {how}")


def loses_nothing_before_connecting(stage, language):
    site = guestbook(stage, language)
    page = site.request("GET", "/book.cgi")
    assert page.status == 200
    site.request("POST", "/book.cgi", b"text=meanwhile", FORM)
    batch = site.longpoll("guestbook", since=since_of(page), wait=0)
    assert [m["data"] for m in batch["messages"]] == ["meanwhile"]


@pytest.mark.browser
@pytest.mark.needs("perl")
def test_a_guest_book_in_perl_updates_live(stage, browser):
    shows_what_is_written(stage, browser, "perl")


@pytest.mark.browser
@pytest.mark.needs("bash")
def test_a_guest_book_in_shell_updates_live(stage, browser):
    shows_what_is_written(stage, browser, "bash")


@pytest.mark.browser
@pytest.mark.needs("cc")
def test_a_guest_book_in_c_updates_live(stage, browser):
    shows_what_is_written(stage, browser, "c")


@pytest.mark.needs("perl", "bash", "cc")
def test_a_guest_book_loses_no_message_before_a_page_connects(stage):
    for language in ("perl", "bash", "c"):
        loses_nothing_before_connecting(stage, language)
