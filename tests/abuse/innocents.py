# SPDX-License-Identifier: MIT
"""Those who use the site while it is attacked, in a process of their own: 50
subscribers, three publishers, and a visitor of a page. They note what they
noticed, which is compared with what was published."""

import itertools
import json
import multiprocessing
import selectors
import signal
import threading
import time

from harness import web
from harness.check import Failed
from harness.sse import Stream
from harness.websocket import WebSocket

KINDS = {"sse": 20, "websocket": 15, "longpoll": 15}
PUBLISHERS, CHANNELS_EACH = 3, 2
CHANNELS = [f"calm-{n}" for n in range(PUBLISHERS * CHANNELS_EACH)]
PAUSE = 0.1  # seconds between the publications of one
START, LAST = 30, 30  # seconds, which only end a hang
ENOUGH = 10  # messages of a channel, at least


class Notes:
    """What all of them noticed. The lists are appended to by any thread."""

    def __init__(self):
        self.faults = []
        self.told = 0  # times that one was told to come back
        self.published = {name: [] for name in CHANNELS}
        self.late, self.publishing, self.pages = [], [], []
        self.stop = threading.Event()

    def fault(self, who, what):
        self.faults.append(f"{who} {what}")


class Seen:
    """What one subscriber got."""

    def __init__(self, name, channel, notes):
        self.name, self.channel, self.notes = name, channel, notes
        self.got, self.ready = [], threading.Event()
        self.gone = False  # nothing more comes

    def take(self, data):
        text, _, at = data.partition(" ")
        self.got.append(text)
        self.notes.late.append(time.monotonic() - float(at))

    def check(self, want):
        """One line for each kind of fault."""
        missing = len(set(want) - set(self.got))
        doubled = len(self.got) - len(set(self.got))
        for count, what in (
            (missing, "lacks"),
            (doubled, "got twice"),
        ):
            if count:
                yield f"{self.name} {what} {count} of {len(want)} messages"
        if not missing and not doubled and self.got != want:
            yield f"{self.name} got messages out of order, or of others"


# --- streams: one loop for all ---------------------------------------------


class Streaming(Seen):
    def __init__(self, kind, channel, notes, port, headers, number):
        super().__init__(f"{kind} {number}", channel, notes)
        target = f"/push/{kind}?" + web.query(channel)
        make = WebSocket if kind == "websocket" else Stream
        self.stream = make(port, target, headers)
        self.socket, self.at, self.gap = kind == "websocket", 0, False

    def read(self):
        """False at its end."""
        try:
            self.stream.read(0.001)
        except (Failed, OSError, ValueError) as why:
            self.notes.fault(self.name, f"failed: {why!r}")
            return False
        for data in self.news():
            self.take(data)
        if self.stream.cursor:
            self.ready.set()
        if self.gap:
            self.notes.fault(self.name, "was told of a gap in the messages")
            return False
        if self.stream.ended:
            self.notes.fault(self.name, f"ended: {self.stream.story()}")
        return not self.stream.ended

    def news(self):
        """The data of what came since the last call."""
        all_ = self.stream.texts if self.socket else self.stream.events
        new, self.at = all_[self.at :], len(all_)
        for one in new:
            if self.socket:
                self.gap |= "gap" in one.item
                if "data" in one.item:
                    yield one.item["data"]
            elif one.type == "message":
                yield one.data
            else:
                self.gap |= one.type == "gap"


def read_streams(streams, over):
    selector = selectors.DefaultSelector()
    for one in streams:
        selector.register(one.stream, selectors.EVENT_READ, one)
    while not over.is_set():
        for key, _ in selector.select(timeout=0.2):
            if not key.data.read():
                key.data.gone = True
                selector.unregister(key.fileobj)


# --- the others: a thread each ---------------------------------------------


class Polling(Seen):
    def __init__(self, channel, notes, port, headers, number, over):
        super().__init__(f"longpoll {number}", channel, notes)
        self.client, self.headers = web.Client(port, 90), headers
        self.over, self.cursor = over, None

    def run(self):
        while not self.over.is_set():
            wait = None if self.cursor else 0
            target = "/push/longpoll?" + web.query(
                self.channel, since=self.cursor, wait=wait
            )
            try:
                self.once(target)
            except Exception as why:  # of any kind: it is noticed
                self.notes.fault(self.name, f"failed: {why!r}")
                time.sleep(PAUSE)

    def once(self, target):
        response = self.client.request("GET", target, None, self.headers)
        if response.status != 200:
            self.notes.fault(self.name, f"got {response!r}")
            time.sleep(PAUSE)
            return
        batch = response.json()
        for one in batch["messages"]:
            if "gap" in one:
                self.notes.fault(self.name, "was told of a gap of messages")
            else:
                self.take(one["data"])
        self.cursor = batch["cursor"]
        self.ready.set()
        if "Retry-After" in response.headers and not self.over.is_set():
            self.notes.told += 1
            time.sleep(PAUSE)
            # When publishing is over, it asks for the last messages.
            self.notes.stop.wait(int(response.headers["Retry-After"]))


def publish(notes, number, port, headers):
    client = web.Client(port, 60)
    own = CHANNELS[number::PUBLISHERS]
    end = None  # after one more in each: who was cut off lacks it
    for count in itertools.count():
        if end is None and notes.stop.is_set():
            end = max(count + len(own), ENOUGH * len(own))
        if count == end:
            return
        name, text = own[count % len(own)], f"{number}.{count}"
        began = time.monotonic()
        try:
            response = client.request(
                "POST",
                "/push/publish",
                web.form(channel=name, data=f"{text} {began}"),
                {**web.FORM, **headers},
            )
        except Exception as why:
            notes.faults.append(f"publisher {number} failed: {why!r}")
            continue
        if response.status == 201:
            notes.published[name].append(text)
        else:
            notes.faults.append(f"publisher {number} got {response!r}")
        notes.publishing.append(time.monotonic() - began)
        notes.stop.wait(PAUSE)


def visit(notes, port):
    """The first page of the site, by a new connection each time."""
    while not notes.stop.is_set():
        began = time.monotonic()
        try:
            response = web.request(port, "GET", "/", timeout=60)
            if response.status != 200:
                notes.fault("visitor", f"got {response.status}")
        except Exception as why:
            notes.fault("visitor", f"failed: {why!r}")
        notes.pages.append(time.monotonic() - began)
        notes.stop.wait(PAUSE)


# --- the process -----------------------------------------------------------


def quantile(values, part):
    kept = sorted(values) or [0.0]
    return round(1000 * kept[min(len(kept) - 1, int(len(kept) * part))])


class Crowd:
    """All of them. `headers(n)`: those of the client with number n."""

    def __init__(self, port, headers):
        self.port, self.headers = port, headers
        self.notes, self.over = Notes(), threading.Event()
        self.streams, self.polls = [], []
        for number, kind in enumerate(
            itertools.chain(*([k] * n for k, n in KINDS.items()))
        ):
            self.add(number, kind)
        self.publishers = [
            self.thread(publish, self.notes, n, port, headers(50 + n))
            for n in range(PUBLISHERS)
        ]

    def add(self, number, kind):
        channel, of = CHANNELS[number % len(CHANNELS)], self.headers(number)
        if kind == "longpoll":
            self.polls.append(
                Polling(channel, self.notes, self.port, of, number, self.over)
            )
        else:
            self.streams.append(
                Streaming(kind, channel, self.notes, self.port, of, number)
            )

    def thread(self, work, *arguments):
        return threading.Thread(target=work, args=arguments, daemon=True)

    def start(self):
        self.thread(read_streams, self.streams, self.over).start()
        for poll in self.polls:
            self.thread(poll.run).start()
        for one in self.everybody():
            if not one.ready.wait(START):
                raise Failed(f"{one.name} is not ready: {self.notes.faults}")
        for publisher in self.publishers:
            publisher.start()
        self.thread(visit, self.notes, self.port).start()

    def everybody(self):
        return self.streams + self.polls

    def finish(self):
        """Publishing ends; all get what was published."""
        self.notes.stop.set()
        for publisher in self.publishers:
            publisher.join(LAST)
        end = time.monotonic() + LAST
        for one in self.everybody():
            want = self.notes.published[one.channel]
            while len(one.got) < len(want) and not one.gone:
                if time.monotonic() > end:
                    break
                time.sleep(0.02)
        self.over.set()
        for one in self.everybody():
            self.notes.faults += one.check(self.notes.published[one.channel])
        return self.report()

    def report(self):
        notes = self.notes
        return {
            "faults": notes.faults,
            "told": notes.told,
            "published": sum(map(len, notes.published.values())),
            "delivered": sum(len(one.got) for one in self.everybody()),
            "late": [quantile(notes.late, p) for p in (0.5, 0.99, 1)],
            "publish": quantile(notes.publishing, 1),
            "page": quantile(notes.pages, 1),
        }


def work(pipe, port, headers):
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    try:
        crowd = Crowd(port, headers)
        crowd.start()
        pipe.send("ready")
        pipe.recv()
        pipe.send(json.dumps(crowd.finish()))
    except Exception as why:
        pipe.send(f"the innocents failed: {why!r}")


def nobody(_):
    return {}


class Innocents:
    """The process. They are there when this is made."""

    def __init__(self, port, headers=nobody):
        context = multiprocessing.get_context("fork")
        self.pipe, other = context.Pipe()
        self.process = context.Process(
            target=work, args=(other, port, headers), daemon=True
        )
        self.process.start()
        other.close()
        said = self.hear()
        if said != "ready":
            raise Failed(said)

    def hear(self):
        if not self.pipe.poll(START + LAST + 60):
            raise Failed("the innocents say nothing")
        return self.pipe.recv()

    def finish(self):
        """The report."""
        self.pipe.send("stop")
        said = self.hear()
        if not said.startswith("{"):
            raise Failed(said)
        return json.loads(said)

    def close(self):
        self.pipe.close()
        self.process.kill()
        self.process.join()
