# SPDX-License-Identifier: MIT
"""Every technique behind every server set-up, and the table of it."""
import concurrent.futures
import json
import os
import time

from harness import apache, lighttpd, techniques
from harness.tap import Failed, contains, equal, true, until
from harness.techniques import Reading

# column, what it is in README, class, commands it needs
COLUMNS = (
    ("lighttpd_fastcgi", "lighttpd FastCGI", lighttpd.Lighttpd, "lighttpd"),
    ("lighttpd_cgi", "lighttpd CGI", lighttpd.LighttpdCgi, "lighttpd"),
    ("apache_mod_fcgid", "Apache mod_fcgid", apache.ApacheFcgid, "apache2"),
    ("apache_mod_proxy_fcgi", "Apache mod_proxy_fcgi", apache.ApacheProxy,
     "apache2"),
    ("apache_mod_cgid", "Apache mod_cgid", apache.ApacheCgi, "apache2"),
)

# What carries WebSocket there, beside the file of the column.
BESIDE = {"lighttpd_fastcgi": "mod_proxy",
          "apache_mod_fcgid": "mod_proxy_http",
          "apache_mod_proxy_fcgi": "mod_proxy_http",
          "apache_mod_cgid": "mod_proxy_http"}

# What is shown of each; http and poll hold nobody whose leaving mattered.
FACTS = ("live", "resume", "quiet", "left")
AWKWARD = ("\"'`\\ </script><!--<script> & &amp; ]]> \u2028\u2029 "
           "\r \r\n \n \x01\x7f \U0001f469\u200d\U0001f680 {}[] \\n ")
HELD = 1.0  # s without an answer: it is being held


def cursor_now(site, technique, channel):
    """Where the channel stands, said by a technique."""
    reading = Reading(site, technique, channel, wait=0).ready()
    reading.close()
    return reading.cursor


def look_for_new(site, technique, channel, since):
    """The first answer with a message, of a technique that waits for none:
    its process hears of one a moment after it was published."""
    def look():
        reading = Reading(site, technique, channel, since).wait_end()
        reading.close()
        return reading.messages and reading
    return until(look, f"a message by {technique.name}")


def live(site, technique, channel):
    """A message of awkward characters arrives as it was sent, when it is."""
    if technique.name == "http":
        live_http(site, channel)
        return
    since = cursor_now(site, technique, channel)
    if not technique.holds:
        none = site.get(technique.name, channel, since=since)
        equal(none.json()["messages"], [], "messages before")
        tag = {"If-None-Match": none.headers["ETag"]}
        equal(site.get(technique.name, channel, tag, since=since).status,
              304, "status when there is nothing new")
        site.publish(channel, AWKWARD)
        reading = look_for_new(site, technique, channel, since)
    else:
        reading = Reading(site, technique, channel, since, wait=30)
        until(lambda: site.redis.subscribers(channel), "a subscription")
        if technique.holds == "stream":
            reading.stream.opened()
        true(not reading.stream.read(0.5) or not reading.messages,
             "it was not held")
        site.publish(channel, AWKWARD)
    equal(reading.wait_data(1), [AWKWARD], "data")
    reading.close()


def live_http(site, channel):
    for text in (AWKWARD, "another"):
        site.publish(channel, text)
        answer = site.get("http", channel)
        equal((answer.status, answer.body.decode()), (200, text), "document")
        same = site.get("http", channel,
                        {"If-None-Match": answer.headers["ETag"]})
        equal(same.status, 304, "status when there is nothing new")


def resume(site, technique, channel):
    """From a cursor taken on the technique before it in the list: what came
    since, once and in order, and then what comes."""
    at = techniques.ALL.index(technique)
    other = techniques.ALL[at - 1]
    site.publish(channel, "old")
    since = cursor_now(site, other, channel)
    sent = [f"{technique.name} after {other.name} {n}" for n in range(3)]
    for text in sent[:2]:
        site.publish(channel, text)
    if technique.name == "http":  # reads the newest, whatever the cursor
        reading = Reading(site, technique, channel, since, last=2).ready()
        equal([m["data"] for m in reading.messages], sent[:2], "data")
        sse = Reading(site, techniques.ALL[0], channel, reading.cursor)
        sse.stream.opened()
        site.publish(channel, sent[2])
        equal(sse.wait_data(1), sent[2:], "data of sse after http")
        sse.close()
        return
    reading = Reading(site, technique, channel, since)
    equal(reading.wait_data(2), sent[:2], "data")
    if technique.holds == "stream":
        site.publish(channel, sent[2])
        equal(reading.wait_data(3), sent, "data")
    elif technique.holds:
        reading = Reading(site, technique, channel, reading.cursor, wait=30)
        site.publish(channel, sent[2])
        equal(reading.wait_data(1), sent[2:], "data that came after")
    else:
        site.publish(channel, sent[2])
        reading = look_for_new(site, technique, channel, reading.cursor)
        equal(reading.wait_data(1), sent[2:], "data that came after")
    reading.close()


def quiet(site, technique, channel):
    """Nothing is published: a stream beats, a long-poll's wait ends, the
    others have nothing to say."""
    if technique.name == "http":
        answer = site.get("http", channel)
        equal(answer.status, 404, "status of a channel without messages")
        contains(answer.json()["detail"], "Nothing", "the reason")
        return
    if technique.holds == "stream":
        reading = Reading(site, technique, channel).ready()
        first = reading.beats()
        reading.stream.until(lambda: reading.beats() >= first + 2,
                             "two heartbeats")
        equal((reading.messages, reading.stream.ended), ([], None),
              "messages and end")
        reading.close()
        return
    site.publish(channel, "old")
    since = cursor_now(site, technique, channel)
    start = time.monotonic()
    reading = Reading(site, technique, channel, since, wait=2).ready()
    took = time.monotonic() - start
    equal((reading.messages, reading.cursor), ([], since), "batch")
    if technique.holds:
        true(took > HELD, f"it did not wait: {took:.2f} s")


def left(site, technique, channel):
    """A reader that left is let go of: at its next heartbeats, or when its
    wait is over."""
    since = cursor_now(site, technique, channel)
    reading = Reading(site, technique, channel, since, wait=3)
    until(lambda: site.redis.subscribers(channel), "a subscription")
    reading.close()
    until(lambda: site.redis.subscribers(channel) == 0,
          "the end of the subscription", 40)


def cell(site, technique, results):
    for fact in FACTS:
        said = "ok"
        if fact == "left" and not technique.holds:
            said = "-"
        else:
            try:
                globals()[fact](site, technique, f"{fact}-{technique.name}")
            except Exception as why:  # it is the cell's, not the column's
                said = f"{type(why).__name__}: {why}"
        results[f"{technique.name} {fact}"] = said


def column(site, name):
    """All its cells at once; fails with those that failed."""
    results = {}
    site.publisher = Publisher(site)
    with concurrent.futures.ThreadPoolExecutor(len(techniques.ALL)) as pool:
        for done in [pool.submit(cell, site, technique, results)
                     for technique in techniques.ALL]:
            done.result()
    folder = os.environ.get("PUSHCGI_MATRIX")
    if folder:
        with open(os.path.join(folder, name), "w") as out:
            json.dump(results, out)
    bad = [f"{key}: {said}" for key, said in sorted(results.items())
           if said not in ("ok", "-")]
    if bad:
        raise Failed("\n".join(bad))


class Publisher:
    """A connection a message: threads may use it."""

    def __init__(self, site):
        self.request = site.request


def table(folder):
    """What the columns left in `folder`, as README has it."""
    lines = ["| | " + " | ".join(c[1] for c in COLUMNS) + " |",
             "|---|" + "---|" * len(COLUMNS)]
    results = {}
    for name, *_ in COLUMNS:
        try:
            with open(os.path.join(folder, name)) as f:
                results[name] = json.load(f)
        except OSError:
            results[name] = {}
    for technique in techniques.ALL:
        cells = []
        for name, result in results.items():
            said = {f: result.get(f"{technique.name} {f}", "not run")
                    for f in FACTS}
            good = "ok"
            if technique.name == "websocket" and name in BESIDE:
                good = f"ok, {BESIDE[name]}"
            cells.append(", ".join(f"{f}: FAILED" for f, s in said.items()
                                   if s not in ("ok", "-")) or good)
        lines.append(f"| {technique.name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
