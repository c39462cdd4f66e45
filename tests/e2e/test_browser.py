# SPDX-License-Identifier: MIT
"""The demo page in Chromium."""
import os
import signal
import subprocess
import time

from harness import process
from harness.site import build
from harness.tap import contains, equal, fact, true, until
from harness.webdriver import Browser

NEEDS = ("redis-server", "lighttpd", "chromium", "chromedriver")
LANE = "[data-lane=sse] "
SHOWS = """
return [...document.querySelectorAll('[data-lane=sse] [data-messages] li')]
  .map(li => li.textContent).filter(text => text.includes(%s)).length"""


def shows(text):
    return SHOWS % repr(text)


def open_page(stage, site, path="/"):
    browser = stage.add(Browser(stage.sub("browser")))
    browser.go(f"http://127.0.0.1:{site.port}{path}")
    browser.until(
        f"return !!document.querySelector('{LANE}[data-messages]') &&"
        f" !!document.querySelector('{LANE}[data-state]')", "the lane")
    return browser


def wait_held(site):
    """Until the page's reader is subscribed to something."""
    def held():
        names = site.redis("PUBSUB", "CHANNELS", "push:0:{*}")
        return [n[8:-1] for n in names]
    return until(held, "a subscription of the page", 40)


@fact(limit=120, needs=NEEDS)
def the_page_shows_what_push_publish_sends(stage):
    site = stage.site()
    browser = open_page(stage, site)
    channel = wait_held(site)[0]
    command = stage.command(site)
    for n in range(3):
        command.publish(channel, f"hello number {n} \u2028 <b>&</b>")
        browser.until(shows(f"hello number {n}"), f"message {n}")
    equal(browser.run(shows("<b>&</b>")), 3, "messages shown as text")
    equal(browser.run("return document.querySelectorAll("
                      f"'{LANE}[data-messages] b').length"), 0,
          "markup of a message in the page")


@fact(limit=120, needs=NEEDS)
def the_page_shows_what_its_own_form_sends(stage):
    site = stage.site()
    browser = open_page(stage, site)
    wait_held(site)
    browser.type("form#publish input[name=data]", "typed by hand")
    browser.run("document.querySelector('form#publish').requestSubmit()")
    browser.until(shows("typed by hand"), "what was typed")
    true("/push/publish" not in browser.run("return location.href"),
         "the form left the page")


@fact(limit=120, needs=NEEDS)
def the_page_follows_the_channel_of_its_address(stage):
    site = stage.site()
    path = os.path.join(stage.folder, "some.txt")
    with open(path, "w") as log:
        browser = open_page(stage, site, "/?channel=log")
        contains(wait_held(site), "log", "channels of the page")
        tail = subprocess.Popen(["tail", "-n", "0", "-F", path],
                                stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL)
        settings = stage.command(site).settings
        sender = subprocess.Popen(
            [build("push-publish"), "--lines", "log"], stdin=tail.stdout,
            stdout=subprocess.DEVNULL,
            env=process.clean_environment(settings))
        try:
            time.sleep(0.5)
            for n in range(3):
                log.write(f"entry {n}\n")
                log.flush()
                browser.until(shows(f"entry {n}"), f"entry {n}")
        finally:
            tail.kill()
            tail.wait()
            tail.stdout.close()
            sender.wait(10)


@fact(limit=150, needs=NEEDS)
def the_page_comes_back_after_the_responder_was_killed(stage):
    site = stage.site()
    browser = open_page(stage, site)
    channel = wait_held(site)[0]
    command = stage.command(site)
    command.publish(channel, "before")
    browser.until(shows("before"), "the message before")
    for number, kind in ((1, signal.SIGKILL), (2, signal.SIGTERM)):
        os.kill(site.responder("sse"), kind)
        command.publish(channel, f"missed {number}")
        browser.until(shows(f"missed {number}"),
                      "the message sent meanwhile", 60)
        equal(browser.run(shows(f"missed {number}")), 1,
              "times it is shown")
    equal(browser.run(shows("before")), 1, "times the first is shown")


@fact(limit=120, needs=NEEDS)
def the_page_has_no_errors_in_its_console(stage):
    site = stage.site(websocket=True)
    browser = open_page(stage, site)
    channel = wait_held(site)[0]
    stage.command(site).publish(channel, "hello")
    browser.until(shows("hello"), "a message")
    said = [line for line in browser.console()
            if "favicon" not in line]
    equal(said, [], "lines in the console")
