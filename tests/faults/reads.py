# SPDX-License-Identifier: MIT
"""Answers that are not held include what was acknowledged before they were
asked for: /push/poll and /push/http."""

import asyncio
import json
import random
import time

from harness import web
from http_client import request
from model import ACKED, format_id, parse_id
from subscribers import EXPECTED, token_of

LAST = 20  # messages of a document


class Reads:
    """What was asked for, and the newest id that the answer knew."""

    def __init__(self, model):
        self.model = model
        self.seen = []  # (who, channel, asked at, newest id or None)
        self.documents = []  # (who, channel, asked at, (id, token)s)

    def poll(self, subscriber, asked):
        for channel, journal in subscriber.journals.items():
            ids = [e.id or e.before for e in journal.events]
            self.seen.append(
                (subscriber.name, channel, asked, ids[-1] if ids else None)
            )

    def document(self, who, channel, asked, messages):
        found = [
            (parse_id(m["id"]), token_of(m["data"]))
            for m in messages
            if "data" in m  # else it is a gap
        ]
        self.documents.append((who, channel, asked, found))
        self.seen.append(
            (who, channel, asked, found[-1][0] if found else None)
        )

    def __len__(self):
        return len(self.seen)

    def check(self, checker):
        """After a snapshot: only what is still kept counts, so neither trims
        nor rewinds can be mistaken for a stale answer."""
        acked = {
            name: sorted(
                (made.ended, id_)
                for id_, token in channel.kept.items()
                for made in [channel.publications.get(token)]
                if made and made.status == ACKED and made.tries <= 1
            )
            for name, channel in self.model.channels.items()
        }
        for who, channel, asked, newest in self.seen:
            if self.may_be_elsewhere(channel, asked):
                continue
            before = [i for at, i in acked.get(channel, []) if at < asked]
            if before and (newest is None or newest < max(before)):
                checker.violate(
                    "stale",
                    who,
                    channel,
                    f"{format_id(max(before))} was acknowledged before the "
                    f"request; the answer ends with "
                    f"{newest and format_id(newest)}",
                )
        for who, channel, asked, found in self.documents:
            if not self.may_be_elsewhere(channel, asked):
                self.check_document(checker, who, channel, asked, found)
        self.seen.clear()
        self.documents.clear()

    def may_be_elsewhere(self, channel, asked):
        """A master that was replaced answers what it has, if it is asked."""
        return any(
            rewind.begin <= asked <= rewind.end
            for rewind in self.model.channel(channel).rewinds
        )

    def check_document(self, checker, who, name, asked, found):
        ids = [id_ for id_, _ in found]
        if ids != sorted(set(ids)):
            checker.violate("disordered", who, name, f"a document: {ids}")
        if not ids:
            return
        channel = self.model.channel(name)
        between = {
            i: channel.publications.get(channel.kept[i])
            for i in channel.kept
            if ids[0] < i < ids[-1] and i not in ids
        }
        missing = [
            i
            for i, made in between.items()
            if made
            and not checker.stored_behind(channel, made)
            and not channel.may_be_stored_later(made, asked)
        ]
        if missing:
            checker.violate(
                "undelivered",
                who,
                name,
                f"a document lacks {format_id(missing[0])}",
            )


class Reader:
    """Fetches the newest messages of a channel again and again."""

    def __init__(self, name, world, channel, rng: random.Random):
        self.name, self.world, self.channel = name, world, channel
        self.rng, self.site = rng, rng.choice(world.sites)

    async def run(self):
        target = "/push/http?" + web.query(
            self.channel, last=LAST, envelope="json"
        )
        while True:
            asked = time.monotonic()
            try:
                status, _, body = await request(
                    self.site.port,
                    "GET",
                    target,
                    seconds=self.world.patience,
                    host=self.site.host,
                )
                if status in (200, 404):
                    messages = []
                    if status == 200:
                        messages = json.loads(body)["messages"]
                    self.world.reads.document(
                        self.name, self.channel, asked, messages
                    )
                else:
                    self.world.statuses[status] += 1
            except EXPECTED:
                pass
            await asyncio.sleep(self.rng.uniform(0.1, 0.6))
