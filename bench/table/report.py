# SPDX-License-Identifier: MIT
"""The tables, as Markdown."""

import os
import textwrap

from table.plan import BASE

BEGIN = "<!-- bench: begin. Written by `make bench`: not by hand. -->"
END = "<!-- bench: end -->"


def fill(text):
    """A paragraph."""
    return textwrap.fill(text, 90, break_on_hyphens=False)


def number(value, digits=1, factor=1):
    """For a cell."""
    if value is None:
        return ""
    value *= factor
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{digits}f}"


def times(value):
    return "" if value is None else number(value, 2 if value < 10 else 0)


DELIVERY = [
    ("subscribers", "Subscribers", 0, 1), ("cpu", "CPU", 1, 1),
    ("cpu_ours", "ours", 2, 1), ("cpu:ratio", "ratio", None, 1),
    ("p50", "p50", 1, 1), ("p99", "p99", 1, 1), ("p999", "p99.9", 1, 1),
    ("max", "max", 1, 1), ("p99:ratio", "p99 ratio", None, 1)]
MANY = DELIVERY[:1] + [("channels", "Channels", 0, 1)] + DELIVERY[1:]
HOLD = [
    ("connect", "connect", 0, 1), ("connect_ours", "ours", 1, 1),
    ("connect:ratio", "ratio", None, 1),
    ("mem", "memory", 2, 1 / 1024), ("mem:ratio", "ratio", None, 1),
    ("mem_kernel", "kernel", 1, 1 / 1024)]
RUSH = [
    ("subscribers", "Subscribers", 0, 1),
    ("per_second", "deliveries a second", 0, 1), ("cpu", "CPU", 2, 1),
    ("cpu_ours", "ours", 2, 1), ("cpu:ratio", "ratio", None, 1),
    ("p50", "p50", 1, 1), ("p99", "p99", 1, 1), ("max", "max", 1, 1)]
BACK = [
    ("subscribers", "Subscribers", 0, 1), ("back", "CPU", 0, 1),
    ("back_ours", "ours", 1, 1), ("back:ratio", "ratio", None, 1),
    ("back_p50", "p50", 0, 1), ("back_p99", "p99", 0, 1),
    ("back_max", "max", 0, 1), ("wall:ms", "all back", 0, 1000)]
TURN = [
    ("subscribers", "Subscribers", 0, 1), ("turn", "CPU", 1, 1),
    ("turn_ours", "ours", 1, 1), ("turn:ratio", "ratio", None, 1),
    ("p50", "p50", 1, 1), ("p99", "p99", 1, 1), ("max", "max", 1, 1),
    ("connect", "connect", 0, 1), ("mem", "memory", 2, 1 / 1024)]
IDLE = [
    ("subscribers", "Subscribers", 0, 1), ("idle", "CPU a second", 2, 1),
    ("idle_ours", "ours", 2, 1), ("idle:ratio", "ratio", None, 1),
    ("mem", "memory", 2, 1 / 1024), ("mem:ratio", "ratio", None, 1),
    ("mem_kernel", "kernel", 1, 1 / 1024)]

TABLES = [  # work, heading, what is said of it, columns
    ("fanout", "One channel",
     "All read the same channel. CPU is microseconds a delivery; latency is in "
     "milliseconds.", DELIVERY),
    ("fanout", "To connect and to hold them",
     "Of the same subscribers: CPU is microseconds a connect, memory is KB a "
     "subscriber.", HOLD),
    ("fanout-small", "One channel, fewer subscribers", "The same.", DELIVERY),
    ("silent", "As many as the descriptors allow: a minute of silence",
     "CPU is microseconds a second and subscriber, memory KB a subscriber. All "
     "these systems are silent in the same minute. Measured once.", IDLE),
    ("silent", "As many as the descriptors allow: one channel",
     "After that minute. Measured once.", DELIVERY),
    ("channels", "Many channels",
     "Each of them reads one of the channels. CPU is microseconds a delivery, with "
     "what it takes to publish.", MANY),
    ("busy", "A busy channel",
     "One channel with 100 messages a second. With `hold.gather` they leave together, "
     "and come as much later. Measured once.", DELIVERY),
    ("rush", "As fast as they go",
     "One channel. Each system is published to by the fastest way that keeps "
     "order: ours by `push-publish --lines`, Nchan by POSTs on one connection, up to "
     "16 of them under way. A message is sent when at most 1,000 wait to be "
     "delivered. CPU is microseconds a delivery.", RUSH),
    ("rush-post", "As fast as they go, by POST",
     "The same, but all are published to by POST. Measured once.", RUSH),
    ("rush-long", "As fast as they go, 100,000 messages",
     "The same, for some of them. Measured once.", RUSH),
    ("reconnect", "All come back at once",
     "All have left, and come back with a cursor that is 50 messages old. CPU is "
     "microseconds a subscriber, with its 50 messages; p50, p99 and max are the "
     "milliseconds until a subscriber had all 50.", BACK),
    ("turns", "Long-poll",
     "All wait for the same channel, and ask again when they got the message. CPU "
     "is microseconds a turn, from message to message.", TURN),
    ("large", "One channel, 2,048 bytes", "", DELIVERY),
    ("deflate", "One channel, 2,048 bytes, compressed", "", DELIVERY),
    ("soak", "Ten minutes", "", DELIVERY),
]


def base_of(results, entry, work):
    """The entry that ratios are to: the same technique of Nchan with Redis."""
    here = results.entries(work)
    technique = entry.split("+")[0].partition("/")[2]
    for name in (f"{BASE}/{technique}", f"{BASE}/sse"):
        if name in here:
            return name
    return None


def cell(results, entry, work, column):
    name, _, digits, factor = column
    name, _, kind = name.partition(":")
    if kind == "ratio":
        base = base_of(results, entry, work)
        return times(results.ratio(entry, base, work, name)) if base else ""
    return number(results.middle(entry, work, name), digits, factor)


def grid(head, rows):
    """A Markdown table: text left, the others right."""
    return "\n".join(
        ["| " + " | ".join(head) + " |",
         "|---|" + "---:|" * (len(head) - 1)] +
        ["| " + " | ".join(row) + " |" for row in rows])


def table(results, work, heading, said, columns):
    """One table with its heading; "" if nothing of it was measured."""
    rows = [[title] + [cell(results, entry, work, c) for c in columns]
            for entry, title in results.entries(work).items()]
    if not rows:
        return ""
    used = [0] + [i + 1 for i in range(len(columns))
                  if any(row[i + 1] for row in rows)]
    head = ["System"] + [c[1] for c in columns]
    return "\n\n".join(filter(None, (
        f"### {heading}", fill(said),
        grid([head[i] for i in used], [[r[i] for i in used] for r in rows]))))


PUBLISH = {"command": "`push-publish`, a process for each message",
           "cgi": "CGI of lighttpd, a process for each message",
           "cgi-apache": "CGI of Apache, a process for each message",
           "fastcgi": "HTTP: lighttpd, `publish.fcgi`",
           "fastcgi-alone": "HTTP, one after the other",
           "socket": "`publish.fcgi` without a web server",
           "lines": "`push-publish --lines`",
           "lines-alone": "`push-publish --lines`, one after the other"}


def publishing(results):
    """The table of bench/publish."""
    if not results.publishing:
        return ""
    rows = [[PUBLISH.get(way, way)] +
            [number(results.publication(way, figure), digits)
             for figure, digits in (
                 ("at_once", 0), ("per_second", 0), ("p50", 2), ("p99", 2),
                 ("cpu_publisher", 1), ("cpu_server", 1), ("cpu_redis", 1))]
            for way in dict.fromkeys(p["way"] for p in results.publishing)]
    return "\n\n".join([
        "### Publishing", fill(
            "Nobody subscribes. CPU is microseconds a message; p50 and p99 are the "
            "milliseconds until the publisher has the id of its message."),
        grid(["Way", "at once", "messages a second", "p50", "p99", "publisher",
              "web server", "Redis"], rows)])


def faults(results):
    """Whether all came, and what did not."""
    found = results.faults()
    good = (f"Of {results.deliveries():,.0f} deliveries none was lost, doubled or "
            "out of order.")
    if not found:
        return fill(good)
    rows = [[results.entries()[entry], work, what] for entry, work, what in found]
    return "**Not all came once and in order:**\n\n" + \
        grid(["System", "Work", "What"], rows).replace("---:", "---")


def tried_again(results):
    """What failed first, and was started once more."""
    if not results.again:
        return ""
    return "Tried once more, on a new start: " + "; ".join(
        f"{entry}, {work} ({what})" for entry, work, what in results.again) + "."


def floor(results):
    """What no delivery can cost less than."""
    unix, tcp = results.floor("unix"), results.floor("tcp")
    peer = results.middle(f"{BASE}/sse", "fanout", "cpu")
    if unix is None or tcp is None:
        return ""
    part = (f", which is {tcp / peer:.2f} of Nchan's CPU a delivery: the ratio of a "
            "server that does nothing else" if peer else "")
    return (f"A `send()` of 150 bytes alone takes {unix:.1f} µs to a unix socket "
            f"here, and {tcp:.1f} µs to a TCP connection{part}.")


def about(results):
    """When, where, and how it was made."""
    said = results.about
    left_out = "; ".join(f"{name} ({why})" for name, why in
                         results.missing + results.failed)
    rounds = said["rounds"]
    lines = [
        f"Measured on {said['date']}, pushcgi {said['version']}, by",
        "", f"    {said['command']}", "",
        f"on {said['machine'][0]}. {said['machine'][1]}.",
        f"Each figure is the median of {rounds} rounds, in which the systems take "
        "turns." if rounds > 1 else "Each figure is of one round.",
        "`ratio` is to Nchan with Redis, of the same technique where it has it, in "
        "the same run. The generator of the load itself took "
        f"{said['cpu_load']:.1f} µs a delivery, which is not counted.",
        tried_again(results),
        floor(results),
        f"Not measured: {left_out}." if left_out else ""]
    text = "\n".join(lines).split("\n    ")
    return "\n\n".join([
        text[0].strip(), "    " + text[1].partition("\n")[0],
        fill(" ".join(text[1].partition("\n")[2].split()))])


def markdown(results, plot=None):
    """All of it, between the two markers."""
    parts = [BEGIN, about(results)]
    if plot:
        parts.append(f"![CPU, latency and memory of the systems]({plot})\n\n"
                     "(A bar that ends in an arrow is longer than the plot.)")
    parts.append(faults(results))
    parts += [table(results, *t) for t in TABLES]
    parts += [publishing(results), END]
    return "\n\n".join(filter(None, parts)) + "\n"


def write(path, text):
    """Between the markers of a file that is there; a new file has nothing else."""
    before = after = ""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            old = f.read()
        if BEGIN in old and END in old:
            before, rest = old.split(BEGIN, 1)
            after = rest.split(END, 1)[1].lstrip("\n")
            after = "\n" + after if after else ""
    with open(path, "w", encoding="utf-8") as f:
        f.write(before + text + after)
