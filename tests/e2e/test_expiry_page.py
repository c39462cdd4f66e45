# SPDX-License-Identifier: MIT
"""The EventSource of doc/access.md, which is opened again when its right ends."""

import os

import pytest

from harness.check import until
from harness.private import TOKEN
from harness.samples import sample
from harness.signed import expired, sign

ACCESS = "doc/access.md"
pytestmark = pytest.mark.browser
PAGE = """<!DOCTYPE html><meta charset="utf-8"><title>listen</title><script>
window.got = [];
window.asked = 0;
const real = window.fetch;
window.fetch = (...words) => { window.asked++; return real(...words); };
function show(text) { window.got.push(text); }
SAMPLE
</script>"""


def open_page(site, browser):
    code = sample(ACCESS, "js", "new EventSource")
    code = code.replace("/cgi-bin/sign.pl", "/url.txt")
    browser.go(site.page("listen.html", PAGE.replace("SAMPLE", code)))


def prints(site, query):
    """What the script of the sample would print."""
    path = os.path.join(site.folder, "root", "url.txt")
    with open(path + ".new", "w", encoding="utf-8") as out:
        out.write(f"/push/sse?{query}")
    os.rename(path + ".new", path)


def test_a_page_goes_on_with_another_url_without_loss(stage, browser):
    site = stage.site(TOKEN)
    publish = stage.command(site).publish

    def is_live():
        """With a URL that is good when the page asks for it."""
        prints(site, sign("a", ttl="5s"))
        return "state=live" in site.log()

    prints(site, sign("a", ttl="5s"))
    open_page(site, browser)
    until(is_live, "a subscriber that is live")
    sent, asked = [], browser.run("return window.asked")
    while browser.run("return window.asked") < asked + 2:
        prints(site, sign("a", ttl="5s"))
        sent.append(f"message {len(sent)}")
        publish("a", sent[-1])
    prints(site, sign("a"))
    publish("a", "last")
    until(
        lambda: browser.run("return window.got")[-1:] == ["last"],
        "the last message in the page",
    )
    assert browser.run("return window.got") == [*sent, "last"]


def test_a_page_that_was_refused_asks_for_another_url(stage, browser):
    site = stage.site(TOKEN)
    made = expired("a")
    prints(site, f"channel=a&expires={made['expires']}&sig={made['sig']}")
    open_page(site, browser)
    until(lambda: "event=refused" in site.log(), "a refusal")
    prints(site, sign("a"))
    until(lambda: "state=live" in site.log(), "a subscriber that is live")
    stage.command(site).publish("a", "hello")
    until(lambda: browser.run("return window.got") == ["hello"], "hello")
