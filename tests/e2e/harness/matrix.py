# SPDX-License-Identifier: MIT
"""Every technique behind every server set-up, and the table of it."""

import concurrent.futures
import re
import time

from harness import apache, handoff, lighttpd, techniques
from harness.check import until
from harness.site import START
from harness.techniques import Reading

# column, what it is in README, class, commands it needs
COLUMNS = (
    ("lighttpd_units", "lighttpd FastCGI", lighttpd.LighttpdUnits, "lighttpd"),
    ("lighttpd_fastcgi", "lighttpd bin-path", lighttpd.Lighttpd, "lighttpd"),
    ("lighttpd_cgi", "lighttpd CGI", lighttpd.LighttpdCgi, "lighttpd"),
    ("apache_mod_fcgid", "Apache mod_fcgid", apache.ApacheFcgid, "apache2"),
    (
        "apache_mod_proxy_fcgi",
        "Apache mod_proxy_fcgi",
        apache.ApacheProxy,
        "apache2",
    ),
    ("apache_mod_cgid", "Apache mod_cgid", apache.ApacheCgi, "apache2"),
    ("apache_handoff", "Apache hand-off", handoff.ApacheHandoff, "apache2"),
)

# What carries WebSocket there, beside the file of the column.
BESIDE = {
    "lighttpd_fastcgi": "mod_proxy",
    "lighttpd_units": "mod_proxy",
    "apache_mod_fcgid": "mod_proxy_http",
    "apache_mod_proxy_fcgi": "mod_proxy_http",
    "apache_mod_cgid": "mod_proxy_http",
    "apache_handoff": "mod_proxy_http",
}

# What is tested of each; http and poll hold no request for `left`.
FACTS = ("live", "resume", "quiet", "left")
AWKWARD = (
    "\"'`\\ </script><!--<script> & &amp; ]]> \u2028\u2029 "
    "\r \r\n \n \x01\x7f \U0001f469\u200d\U0001f680 {}[] \\n "
)
HELD = 1.0  # s without a response: it is being held


def cursor_now(site, technique, channel):
    """The newest cursor of the channel, by a technique."""
    reading = Reading(site, technique, channel, wait=0).ready()
    reading.close()
    return reading.cursor


def look_for_new(site, technique, channel, since):
    """The first response with a message, of a technique that does not wait:
    its process gets messages a moment after they are published."""

    def look():
        reading = Reading(site, technique, channel, since).wait_end()
        reading.close()
        return reading.messages and reading

    return until(look, f"a message by {technique.name}")


def live(site, technique, channel):
    """A message of special characters arrives live and intact."""
    if technique.name == "http":
        live_http(site, channel)
        return
    since = cursor_now(site, technique, channel)
    if not technique.holds:
        none = site.get(technique.name, channel, since=since)
        assert none.json()["messages"] == []
        tag = {"If-None-Match": none.headers["ETag"]}
        assert (
            site.get(technique.name, channel, tag, since=since).status == 304
        )
        site.publish(channel, AWKWARD)
        reading = look_for_new(site, technique, channel, since)
    else:
        reading = Reading(site, technique, channel, since, wait=30)
        until(lambda: site.redis.subscribers(channel), "a subscription")
        if technique.holds == "stream":
            reading.stream.opened()
        assert (
            not reading.stream.read(0.5) or not reading.messages
        ), "the response was not held"
        site.publish(channel, AWKWARD)
    assert reading.wait_data(1) == [AWKWARD]
    reading.close()


def live_http(site, channel):
    for text in (AWKWARD, "another"):
        site.publish(channel, text)
        response = site.get("http", channel)
        assert (response.status, response.body.decode()) == (200, text)
        same = site.get(
            "http", channel, {"If-None-Match": response.headers["ETag"]}
        )
        assert same.status == 304


def resume(site, technique, channel):
    """Resuming from a cursor of the previous technique: the missed messages,
    once and in order, and then new ones."""
    at = techniques.ALL.index(technique)
    other = techniques.ALL[at - 1]
    site.publish(channel, "old")
    since = cursor_now(site, other, channel)
    sent = [f"{technique.name} after {other.name} {n}" for n in range(3)]
    for text in sent[:2]:
        site.publish(channel, text)
    if technique.name == "http":  # reads the newest, whatever the cursor
        reading = Reading(site, technique, channel, since, last=2).ready()
        assert [m["data"] for m in reading.messages] == sent[:2]
        sse = Reading(site, techniques.ALL[0], channel, reading.cursor)
        sse.stream.opened()
        site.publish(channel, sent[2])
        assert sse.wait_data(1) == sent[2:]
        sse.close()
        return
    reading = Reading(site, technique, channel, since)
    assert reading.wait_data(2) == sent[:2]
    if technique.holds == "stream":
        site.publish(channel, sent[2])
        assert reading.wait_data(3) == sent
    elif technique.holds:
        reading = Reading(site, technique, channel, reading.cursor, wait=30)
        site.publish(channel, sent[2])
        assert reading.wait_data(1) == sent[2:]
    else:
        site.publish(channel, sent[2])
        reading = look_for_new(site, technique, channel, reading.cursor)
        assert reading.wait_data(1) == sent[2:]
    reading.close()


def quiet(site, technique, channel):
    """Nothing is published: a stream sends heartbeats, the wait of a long poll
    ends, the others return no message."""
    if technique.name == "http":
        response = site.get("http", channel)
        assert response.status == 404
        assert "no messages" in response.json()["detail"]
        return
    if technique.holds == "stream":
        reading = Reading(site, technique, channel).ready()
        first = reading.heartbeats()
        reading.stream.until(
            lambda: reading.heartbeats() >= first + 2, "two heartbeats"
        )
        assert (reading.messages, reading.stream.ended) == ([], None)
        reading.close()
        return
    site.publish(channel, "old")
    since = cursor_now(site, technique, channel)
    start = time.monotonic()
    reading = Reading(site, technique, channel, since, wait=2).ready()
    took = time.monotonic() - start
    assert (reading.messages, reading.cursor) == ([], since)
    if technique.holds:
        assert took > HELD, f"it did not wait: {took:.2f} s"


def left(site, technique, channel):
    """A disconnected subscriber is released: at its next heartbeats, or after
    its wait."""
    since = cursor_now(site, technique, channel)
    before = subscribers_of(site, technique.name, channel)
    reading = Reading(site, technique, channel, since, wait=3)
    until(
        lambda: subscribers_of(site, technique.name, channel) > before,
        "a subscriber",
    )
    reading.close()
    until(
        lambda: site.redis.subscribers(channel) == 0
        or open_subscribers(site, technique.name) == 0,
        "the end of the subscriber",
        40,
        0.2,
    )


def subscribers_of(site, program, channel):
    """How many there have been, according to the log."""
    start = rf"program={program} event={START} .*channel={re.escape(channel)} "
    return len(re.findall(start, site.log()))


def open_subscribers(site, program):
    """According to the log. A channel stays subscribed for 10 s more."""
    log = site.log()
    return log.count(f"program={program} event={START} ") - len(
        re.findall(rf"program={program} event=subscriber .*state=ended", log)
    )


def said_of(site, channel, technique, fact):
    """ "ok", or what is wrong."""
    if fact == "left" and not technique.holds:
        return "-"
    (name,) = channel.also(f"{fact}-{technique.name}")
    try:
        globals()[fact](site, technique, name)
    except Exception as why:  # it is the cell's, not the column's
        return f"{type(why).__name__}: {why}"
    return "ok"


def column(site, channel):
    """What is said of each technique and fact. They mostly wait, so all run
    at once."""
    site.publisher = Publisher(site)
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        results = {
            f"{technique.name} {fact}": pool.submit(
                said_of, site, channel, technique, fact
            )
            for technique in techniques.ALL
            for fact in FACTS
        }
    return {key: result.result() for key, result in results.items()}


def faults(results):
    return [
        f"{key}: {said}"
        for key, said in sorted(results.items())
        if said not in ("ok", "-")
    ]


class Publisher:
    """It opens a connection for each message, so threads may use it."""

    def __init__(self, site):
        self.request = site.request

    def close(self):
        pass


def table(columns):
    """The results of columns by name, as README has it."""
    lines = [
        "| | " + " | ".join(c[1] for c in COLUMNS) + " |",
        "|---|" + "---|" * len(COLUMNS),
    ]
    results = {name: columns.get(name, {}) for name, *_ in COLUMNS}
    for technique in techniques.ALL:
        cells = []
        for name, result in results.items():
            said = {
                f: result.get(f"{technique.name} {f}", "not run")
                for f in FACTS
            }
            good = "ok"
            if technique.name == "websocket" and name in BESIDE:
                good = f"ok, {BESIDE[name]}"
            cells.append(
                ", ".join(
                    f"{f}: FAILED"
                    for f, s in said.items()
                    if s not in ("ok", "-")
                )
                or good
            )
        lines.append(f"| {technique.name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
