# SPDX-License-Identifier: MIT
"""The scripts of doc/adding-push-to-a-cgi-site.md, under mod_cgi."""
import os
import re
import subprocess

from harness.lighttpd import build, source
from harness.tap import contains, equal, fact, until
from harness.web import FORM
from harness.webdriver import Browser

NEEDS = ("redis-server", "lighttpd", "chromium", "chromedriver")
PAGE = "adding-push-to-a-cgi-site.md"
BOOK = "/var/lib/guestbook/entries"
TEXT = "</li><b>hello</b> & \"you\" +100 % \\ ' \u00e4"
ENTRIES = "return [...document.querySelectorAll('#book li')]" \
          ".map(li => li.textContent)"


def script(language, folder):
    """The script as the page has it, but for the place of the book."""
    with open(source("doc", PAGE), encoding="utf-8") as page:
        found = re.findall(rf"```{language}\n(.*?)```", page.read(), re.S)
    equal(len(found), 1, f"scripts in {language}")
    contains(found[0], BOOK, "the place of the book")
    return found[0].replace(BOOK, os.path.join(folder, "entries"))


def install(stage, language):
    """The folder of a site whose /book is the script."""
    folder = stage.sub("guestbook")
    os.chmod(folder, 0o777)
    book = os.path.join(folder, "book.cgi")
    text = script(language, folder)
    if language == "c":
        with open(book + ".c", "w", encoding="utf-8") as out:
            out.write(text)
        subprocess.run(["cc", "-std=gnu11", "-Wall", "-Wextra", "-Werror",
                        "-o", book, book + ".c"], check=True)
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
    return stage.site(root=install(stage, language), redis=redis, before=f"""
server.modules += ( "mod_cgi", "mod_setenv" )
cgi.assign = ( ".cgi" => "" )
setenv.set-environment = ( "PATH" => "{path}", "PUSHCGI_CONF" => "{conf}" )
""")


def write(browser, text):
    browser.type("input[name=text]", text)
    browser.click("button")


def since_of(page):
    return re.search(r"since=([^\"&]*)\"", page.body.decode()).group(1)


def shows_what_is_written(stage, language):
    site = guestbook(stage, language)
    reader = stage.add(Browser(stage.sub("reader")))
    reader.go(f"http://127.0.0.1:{site.port}/book.cgi")
    answer = site.request("POST", "/book.cgi", b"text=first+entry%21&more=1",
                          FORM)
    equal((answer.status, answer.headers["Location"]), (303, "/book.cgi"),
          "the answer to an entry")
    until(lambda: reader.run(ENTRIES) == ["first entry!"],
          "the entry, on a page that was open")
    writer = stage.add(Browser(stage.sub("writer")))
    writer.go(f"http://127.0.0.1:{site.port}/book.cgi")
    equal(writer.run(ENTRIES), ["first entry!"], "a page made afterwards")
    write(writer, TEXT)
    want = ["first entry!", TEXT]
    until(lambda: reader.run(ENTRIES) == want, "both entries, live")
    until(lambda: writer.run(ENTRIES) == want, "both entries, from the file")


def loses_nothing_before_connecting(stage, language):
    site = guestbook(stage, language)
    page = site.request("GET", "/book.cgi")
    equal(page.status, 200, "the page")
    site.request("POST", "/book.cgi", b"text=meanwhile", FORM)
    batch = site.longpoll("guestbook", since=since_of(page), wait=0)
    equal([m["data"] for m in batch["messages"]], ["meanwhile"],
          "what was written between making the page and connecting")


@fact(limit=120, needs=(*NEEDS, "perl"))
def a_guest_book_in_perl_is_live(stage):
    shows_what_is_written(stage, "perl")


@fact(limit=120, needs=(*NEEDS, "bash"))
def a_guest_book_in_shell_is_live(stage):
    shows_what_is_written(stage, "bash")


@fact(limit=120, needs=(*NEEDS, "cc"))
def a_guest_book_in_c_is_live(stage):
    shows_what_is_written(stage, "c")


@fact(needs=("redis-server", "lighttpd", "perl", "bash", "cc"))
def a_guest_book_loses_nothing_before_a_page_connects(stage):
    for language in ("perl", "bash", "c"):
        loses_nothing_before_connecting(stage, language)
