# SPDX-License-Identifier: MIT
"""client/push.js: the tabs of a browser share one connection."""

import os
import signal

import pytest

from harness import process, signed
from harness.check import Failed, in_order, until
from harness.client import client_page
from harness.webdriver import Browser
from test_kick import kick
from test_leave import settled

pytestmark = pytest.mark.browser


def tabs_site(stage, settings=None, **options):
    """A leader has longer to answer, or another tab would lead for a moment,
    too, and which of both stays is chance."""
    site = stage.site(settings, **options)
    site.change("client/push.js", "ANSWER = 1000", "ANSWER = 6000")
    return site


def numbered(start, end):
    return [f"number {n}" for n in range(start, end)]


def connected(site, name):
    """The sockets of the process once it is connected to Redis."""
    pid = site.responder(name)
    settled(pid)
    return process.sockets(pid)


def held(site, idle, name="sse"):
    """How many subscribers the process holds: sockets beyond those it had."""
    return process.sockets(site.responder(name)) - idle


def wait_held(site, idle, count, name="sse"):
    until(lambda: held(site, idle, name) == count, f"{count} that are held")


def test_two_tabs_share_one_connection_and_the_second_takes_over(
    stage, browser
):
    site = tabs_site(stage)
    idle = connected(site, "sse")
    first = client_page(browser, site, "a")
    first.open("sse")
    command = stage.command(site)
    second = first.another()
    second.open("sse")
    assert second.run("return states.pop()[2]") is True
    command.lines("a", numbered(0, 100))
    for page in (first, second):
        in_order(page.has("number 99"), numbered(0, 100))
    wait_held(site, idle, 1)
    first.shut()
    command.lines("a", numbered(100, 200))
    in_order(second.has("number 199"), numbered(0, 200))
    assert second.run("return states.pop()") == [1, "sse", False]
    assert second.asked("websocket") == 0
    wait_held(site, idle, 1)


def test_a_joining_tab_gets_only_its_own_channels(
    site, channel, browser, stage
):
    first = client_page(browser, site, channel)
    command = stage.command(site)
    ids = command.lines(channel, numbered(0, 250))
    first.open("sse", techniques=["sse"])
    second, third = first.another(), first.another()
    second.open("sse", techniques=["sse"], since=ids[9], resume=False)
    third.open("sse", techniques=["sse"], resume=False)
    command.lines(channel, numbered(250, 300))
    in_order(second.has("number 299"), numbered(10, 300))
    in_order(third.has("number 299"), numbered(250, 300))
    in_order(first.has("number 299"), numbered(250, 300))


def test_a_tab_that_is_told_who_is_there_catches_up_at_once(stage, browser):
    """It does not ask again because it was told."""
    site = tabs_site(stage, {"channel.presence": "count"})
    first = client_page(browser, site, "a")
    ids = stage.command(site).lines("a", numbered(0, 20))
    first.open("sse", techniques=["sse"], presence=True)
    second = first.another()
    second.open(
        "sse", techniques=["sse"], presence=True, since=ids[9], resume=False
    )
    assert second.run("return states.pop()[2]") is True
    in_order(second.has("number 19"), numbered(10, 20))
    assert second.asked("longpoll") == 2  # the second has no messages


def test_many_tabs_lose_and_repeat_nothing_as_leaders_close(stage, browser):
    """Also with several channels, whose cursor is not an id."""
    site = tabs_site(stage)
    channels = ["a", "b"]
    tabs = [client_page(browser, site, "a")]
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
    in_order(tabs[0].has("number 159", 60), numbered(0, 160))
    assert tabs[0].run("return gaps") == []


def test_tabs_of_other_channels_share_and_one_that_may_not_connects_itself(
    stage, browser
):
    site = tabs_site(stage)
    idle = connected(site, "sse")
    first = client_page(browser, site, "a")
    first.open("sse")
    second, third = first.another(), first.another()
    second.open("sse", channels=["b"])
    third.open("sse", share=False)
    site.publish("a", "for a")
    site.publish("b", "for b")
    assert first.has("for a") == ["for a"]
    assert second.has("for b") == ["for b"]
    assert third.has("for a") == ["for a"]
    wait_held(site, idle, 2)


def test_close_passes_the_connection_to_the_next_tab(site, channel, browser):
    first = client_page(browser, site, channel)
    first.open("sse", techniques=["sse"])
    second = first.another()
    second.open("sse", techniques=["sse"])
    first.run("push.close()")
    site.publish(channel, "later")
    assert second.has("later") == ["later"]
    second.until("return !states[states.length - 1][2]", "its own connection")
    assert first.got() == []


def test_tabs_of_signed_urls_share_a_websocket(stage, browser):
    """Each subscribes with its own signature."""
    site = tabs_site(stage, PRIVATE, websocket=True)
    idle = connected(site, "websocket")
    tabs = [client_page(browser, site, "a")]
    tabs += [tabs[0].another(), tabs[0].another()]
    for page, name in zip(tabs, "abc"):
        url = f"/push/sse?{signed.sign(name)}"
        page.open("websocket", url=url, channels=[])
        wait_held(site, idle, 1, "websocket")
    for round_ in range(3):
        for name in "abc":
            site.publish(name, f"{name} {round_}")
        for page, name in list(zip(tabs, "abc"))[round_:]:
            wanted = [f"{name} {n}" for n in range(round_ + 1)]
            in_order(page.has(wanted[-1]), wanted)
            assert page.run("return [gaps, errors]") == [[], []]
        if round_ < 2:
            tabs[round_].shut()


def test_tabs_of_other_channels_share_a_websocket(stage, browser):
    site = tabs_site(stage, websocket=True)
    idle = connected(site, "websocket")
    tabs = [client_page(browser, site, "a")]
    tabs += [tabs[0].another(), tabs[0].another()]
    for page, name in zip(tabs, "abc"):
        page.open("websocket", channels=[name])
    wait_held(site, idle, 1, "websocket")
    for name in "abc":
        site.publish(name, f"for {name}")
    for page, name in zip(tabs, "abc"):
        assert page.has(f"for {name}") == [f"for {name}"]
    site.kill("websocket")
    for name in "abc":
        site.publish(name, f"again {name}")
    for page, name in zip(tabs, "abc"):
        assert page.has(f"again {name}") == [f"for {name}", f"again {name}"]
        assert page.run("return gaps") == []


def test_a_tab_that_is_refused_ends_no_other(stage, browser):
    conf = os.path.join(stage.sub("conf"), "push.conf")
    with open(conf, "w") as out:
        out.write('[channel "closed"]\nsubscribe = none\n')
    site = tabs_site(stage, {"conf": conf})
    first = client_page(browser, site, "a")
    first.open("sse")
    second = first.another()
    second.start(channels=["closed"])
    second.until("return push.readyState === 2", "the end")
    assert second.run("return errors") == [["longpoll", 403]]
    site.publish("a", "still")
    assert first.has("still") == ["still"]
    assert first.run("return errors.slice(1)") == []


def test_more_channels_than_a_connection_has_take_another(stage, browser):
    site = tabs_site(stage)
    idle = connected(site, "sse")
    first = client_page(browser, site, "a")
    second = first.another()
    for page, letter in ((first, "a"), (second, "b")):
        page.open("sse", channels=[f"{letter}{n}" for n in range(20)])
    for page, letter in ((first, "a"), (second, "b")):
        site.publish(f"{letter}19", letter)
        assert page.has(letter) == [letter]
    wait_held(site, idle, 2)


PRIVATE = {"access.subscribe": "token", "access.secret": signed.SECRET}


def signed_tabs(stage, browser, count, **options):
    """Each with a channel and a credential of its own, without WebSocket."""
    site = tabs_site(stage, PRIVATE)
    tabs = [client_page(browser, site, "tab-0")]
    for n in range(1, count):
        tabs.append(tabs[0].another())
        tabs[-1].channel = f"tab-{n}"
    for page in tabs:
        url = f"/push/?{signed.sign(page.channel)}"
        page.open(url=url, channels=[], interval=100, **options)
    return site, tabs


def publish(site, tabs, data):
    for page in tabs:
        site.publish(page.channel, data)


def lines(leader):
    """The techniques of the leader's lines; None while one waits. A follower
    has none."""
    return leader.run(
        "return (push.tabs.lines ? push.tabs.lines.all : [])"
        ".map(({ connection }) =>"
        " connection && connection.attempt && connection.attempt.name)"
    )


def test_lines_above_four_poll_one_after_the_other_without_timers(
    stage, browser
):
    """In a hidden tab a timer is up to a minute late."""
    site, tabs = signed_tabs(stage, browser, 7)
    tabs[0].run("hold()")
    until(lambda: lines(tabs[0]).count(None) == 3, "three waits for a timer")
    publish(site, tabs, "one")
    tabs[0].run("advance(100)")
    for page in tabs:
        assert page.has("one") == ["one"]


@pytest.mark.parametrize(
    "techniques, polls", [(["sse", "jsonp", "poll"], "poll"), (["sse"], "sse")]
)
def test_the_fifth_line_uses_only_the_techniques_of_the_option(
    stage, browser, techniques, polls
):
    """A stream too, if there is nothing else: for a moment, in its turn."""
    site, tabs = signed_tabs(stage, browser, 6, techniques=techniques)
    publish(site, tabs, "one")
    for page in tabs:
        assert page.has("one") == ["one"]
        assert page.run("return errors") == []
    leader = tabs[0]
    assert leader.asked(polls) > 2
    for name in {"stream", "longpoll", "jsonp", "poll"} - {polls}:
        assert leader.asked(name) == 0
    assert len(list(filter(None, lines(leader)))) <= 5


def ask_thrice(leader, silent):
    """The leader drops who has not answered twice."""
    for calls in range(3):
        until(
            lambda: leader.run(
                "return push.tabs.lines.all.filter((line) =>"
                " [...line.members.values()][0].calls).length"
            )
            == (calls and silent),
            "the answers of the others",
        )
        leader.run("advance(10000)")


def test_a_follower_that_was_killed_gives_up_its_connection(stage):
    # Its own browser: a tab that has crashed cannot be closed.
    browser = stage.add(Browser(stage.sub("browser")))
    site, tabs = signed_tabs(stage, browser, 5)
    leader = tabs[0]
    leader.run("hold()")
    killed = tabs.pop(1)
    killed.look()
    with pytest.raises(Failed, match="crashed"):
        browser.go("chrome://crash")
    ask_thrice(leader, silent=1)
    assert len(lines(leader)) == 4
    leader.run("advance(100)")
    until(lambda: lines(leader) == ["sse"] * 4, "four that are held")
    publish(site, tabs, "one")
    for page in tabs:
        assert page.has("one") == ["one"]


def test_a_follower_that_was_stopped_joins_again_and_loses_nothing(
    stage, browser
):
    site, tabs = signed_tabs(stage, browser, 2)
    leader = tabs[0]
    leader.run("hold()")
    tabs[1].stop()
    ask_thrice(leader, silent=1)
    assert len(lines(leader)) == 1
    publish(site, tabs, "one")
    assert leader.has("one") == ["one"]
    tabs[1].go_on()
    # who was stopped for long may lead now
    until(lambda: any(len(lines(page)) == 2 for page in tabs), "two lines")
    leader.run("advance(50)")
    publish(site, tabs, "two")
    for page in tabs:
        assert page.has("two") == ["one", "two"]
        assert page.run("return gaps") == []


def test_a_line_goes_on_when_the_tab_that_began_it_closes(stage, browser):
    site, tabs = signed_tabs(stage, browser, 2)
    third = tabs[1].another()
    right = tabs[1].run("return push.signed")
    url = f"/push/?channel=tab-1&expires={right['expires']}&sig={right['sig']}"
    third.open(url=url, channels=[])
    tabs.pop(1).shut()
    until(
        lambda: tabs[0].run("return push.tabs.lines.all[1].members.size") == 1,
        "a member",
    )
    publish(site, [third], "one")
    assert third.has("one") == ["one"]
    assert third.run("return [states.length, errors]") == [1, []]


def test_all_tabs_of_a_line_that_is_kicked_close(stage, browser):
    """None of them connects by itself instead."""
    site = tabs_site(stage)
    tabs = [client_page(browser, site, "a")]
    tabs.append(tabs[0].another())
    for page in tabs:
        page.open("sse")
    until(
        lambda: tabs[0].run("return push.tabs.lines.all[0].members.size") == 2,
        "two members",
    )
    kick(site, "channel=a")
    for page in tabs:
        page.until("return push.readyState === 2", "the end")
    assert tabs[0].asked("sse") == 1
    assert tabs[1].asked("sse") == 0


def leaders(tabs):
    return [page for page in tabs if page.run("return !!push.tabs.lines")]


def test_two_leaders_lose_and_double_nothing_until_one_gives_up(
    stage, browser
):
    """As when one that was frozen goes on."""
    site = tabs_site(stage)
    idle = connected(site, "sse")
    tabs = [client_page(browser, site, "a")]
    tabs += [tabs[0].another(), tabs[0].another()]
    for page, name in zip(tabs, "abc"):
        page.open("sse", channels=[name])
    command = stage.command(site)
    for start in (0, 40):
        for at in (start, start + 20):
            for page in tabs:
                page.run("push.tabs.lines || push.tabs.lead(0)")
            for name in "abc":
                command.lines(name, numbered(at, at + 20))
        until(lambda: len(leaders(tabs)) == 1, "one leader")
        for page in tabs:
            in_order(page.has(f"number {start + 39}"), numbered(0, start + 40))
            assert page.run("return gaps") == []
        wait_held(site, idle, 1)
