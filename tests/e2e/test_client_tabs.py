# SPDX-License-Identifier: MIT
"""client/push.js: the tabs of a browser share one connection."""
import os
import signal

from harness import process
from harness.client import NEEDS, client_page, client_site
from harness.tap import equal, fact, in_order, until


def numbered(start, end):
    return [f"number {n}" for n in range(start, end)]


def held(site, idle):
    """How many readers the process holds: sockets beyond those it had."""
    return process.sockets(site.responder("sse")) - idle


@fact(limit=120, needs=NEEDS)
def two_tabs_share_one_connection_and_the_second_takes_over(stage):
    site = client_site(stage)
    idle = process.sockets(site.responder("sse"))
    first = client_page(stage, site)
    first.open("sse")
    command = stage.command(site)
    second = first.another()
    second.open("sse")
    equal(second.run("return states.pop()[2]"), True, "the second is told")
    command.lines("a", numbered(0, 100))
    for page in (first, second):
        in_order(page.has("number 99"), numbered(0, 100), "in each tab")
    equal(held(site, idle), 1, "readers held for two tabs")
    first.shut()
    command.lines("a", numbered(100, 200))
    in_order(second.has("number 199"), numbered(0, 200), "in the second")
    equal(second.run("return states.pop()"), [1, "sse", False],
          "its state then")
    until(lambda: held(site, idle) == 1, "one reader held")


@fact(limit=120, needs=NEEDS)
def a_tab_that_joins_gets_what_it_asks_for_and_no_more(stage):
    site = client_site(stage)
    first = client_page(stage, site)
    command = stage.command(site)
    ids = command.lines("a", numbered(0, 250))
    first.open("sse")
    second, third = first.another(), first.another()
    second.open("sse", since=ids[9], resume=False)
    third.open("sse", resume=False)
    command.lines("a", numbered(250, 300))
    in_order(second.has("number 299"), numbered(10, 300), "since 9")
    in_order(third.has("number 299"), numbered(250, 300), "only what is new")
    in_order(first.has("number 299"), numbered(250, 300), "the first")


@fact(limit=120, needs=NEEDS)
def a_crowd_of_tabs_loses_and_doubles_nothing_as_leaders_go(stage):
    """Also with several channels, whose cursor is not an id."""
    site = client_site(stage)
    channels = ["a", "b"]
    tabs = [client_page(stage, site)]
    tabs[0].open("sse", channels=channels)
    for _ in range(4):
        tabs.append(tabs[0].another())
        tabs[-1].open("sse", channels=channels)
    command = stage.command(site)
    for n in range(4):
        command.lines("a", numbered(40 * n, 40 * n + 20))
        if n % 2:
            os.kill(site.responder("sse"), signal.SIGKILL)
        tabs.pop(0).shut()
        command.lines("a", numbered(40 * n + 20, 40 * n + 40))
    in_order(tabs[0].has("number 159", 60), numbered(0, 160), "in the last")
    equal(tabs[0].run("return gaps"), [], "gaps")


@fact(limit=90, needs=NEEDS)
def tabs_that_ask_for_something_else_or_do_not_share_stand_alone(stage):
    site = client_site(stage)
    idle = process.sockets(site.responder("sse"))
    first = client_page(stage, site)
    first.open("sse")
    second, third = first.another(), first.another()
    second.open("sse", channels=["b"])
    third.open("sse", share=False)
    site.publish("a", "for a")
    site.publish("b", "for b")
    equal(first.has("for a"), ["for a"], "the first")
    equal(second.has("for b"), ["for b"], "of another channel")
    equal(third.has("for a"), ["for a"], "with share: false")
    equal(held(site, idle), 3, "readers held")


@fact(limit=90, needs=NEEDS)
def close_hands_the_connection_to_the_next_tab(stage):
    site = client_site(stage)
    first = client_page(stage, site)
    first.open("sse")
    second = first.another()
    second.open("sse")
    first.run("push.close()")
    site.publish("a", "later")
    equal(second.has("later"), ["later"], "the second")
    second.until("return !states[states.length - 1][2]", "its own connection")
    equal(first.got(), [], "the first, which is closed")
