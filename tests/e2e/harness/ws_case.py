# SPDX-License-Identifier: MIT
"""A case of the rules of WebSocket: what is sent and what must come back.

Our server has no echo, so a text is a publish to the channel that the socket
itself reads, and its data must come back. A text that is not JSON gets an
error reply: this proves that it arrived complete, and that the connection
stays open."""

import json
import re

from harness.check import Failed, until
from harness.ws_raw import CLOSE, DEFLATE, PONG, TEXT, WebSocket, close

CHANNEL = "c"
BEGIN = b'{"publish":{"channel":"c","data":"'
END = b'"}}'
MARK = "the end of a case"
NO_CODE = 0  # a close frame without one
DISCONNECT = "event=disconnect"  # in the log
# So that a message can be compressed once for all.
AGREED = (
    f"{DEFLATE}; server_no_context_takeover; " "client_no_context_takeover"
)


def disconnects(log):
    """Its lines about clients that broke a rule."""
    return [line for line in log.splitlines() if DISCONNECT in line]


def say(data):
    """The text that publishes `data`: UTF-8, or any bytes."""
    if isinstance(data, bytes):
        return BEGIN + data + END
    return BEGIN + json.dumps(data, ensure_ascii=False)[1:-1].encode() + END


def of_length(length):
    """Data so long that say() of it is `length` bytes."""
    return "*" * (length - len(BEGIN) - len(END))


class Case:
    """`send`: the pieces, each sent by itself; or a function that makes them.

    What must come: `texts`, the data published; `pongs`; `refused`, the number
    of error replies, with `status`; `code`, of the server's close frame.
    Without a code the connection stays open, and the client closes it.
    `by_client`: the client closes as part of `send`, which is not logged as a
    fault. `offer`: of extensions. `reason`: part of the one in the log."""

    def __init__(
        self,
        name,
        send,
        texts=(),
        pongs=(),
        refused=0,
        code=None,
        by_client=False,
        offer=None,
        agreed=None,
        reason="",
        status=400,
    ):
        self.name, self.send = name, send
        self.texts, self.pongs = texts, list(pongs)
        self.refused, self.code = refused, code
        self.by_client, self.offer = by_client, offer
        self.agreed = offer is not None if agreed is None else agreed
        self.reason, self.status = reason, status

    def pieces(self):
        return self.send() if callable(self.send) else self.send

    def data(self):
        return list(self.texts() if callable(self.texts) else self.texts)


class Received:
    """All that came from the server, by kind."""

    def __init__(self):
        self.data, self.done, self.pongs = [], 0, []
        self.refusals, self.closed, self.after = [], None, []
        self.plain = 0  # messages that were not compressed

    def add(self, came):
        if self.closed is not None:
            self.after.append(came)
        elif came.opcode == CLOSE:
            self.closed = came
        elif came.opcode == PONG:
            self.pongs.append(came.payload)
        elif came.opcode == TEXT:
            self.add_text(came)
        else:
            raise Failed(f"unexpected: {came!r}")

    def add_text(self, came):
        said = came.json()
        if "data" in said:
            self.data.append(said["data"])
            self.plain += not came.deflated
        elif "ok" in said:
            self.done += 1
        elif "error" in said:
            self.refusals.append(said)
        else:
            raise Failed(f"unexpected: {came!r}")

    def has_all(self, case, texts):
        return (
            len(self.data) >= texts
            and self.done >= texts
            and len(self.pongs) >= len(case.pongs)
            and len(self.refusals) >= case.refused
        )


class Bench:
    """Runs cases on a server at `address`; `log` returns its log. Another
    client stays connected."""

    def __init__(self, address, log, fields=()):
        self.address, self.log, self.fields = address, log, fields
        self.other = WebSocket(address, CHANNEL, fields=fields)
        self.count = 0

    def close(self):
        self.other.close()

    def run(self, cases):
        for case in cases:
            try:
                self.run_one(case)
            except Failed as why:
                raise Failed(f"case {case.name}: {why}") from None
            self.count += 1

    def run_one(self, case):
        faults = self.faults()
        ws = WebSocket(self.address, CHANNEL, case.offer, self.fields)
        assert ws.head.get("Sec-WebSocket-Extensions") == (
            AGREED if case.agreed else ""
        )
        texts = case.data()
        try:
            ws.send(*case.pieces())
            received = self.receive(ws, case, len(texts))
        finally:
            ws.close()
        self.check(case, received, texts)
        self.check_other(texts)
        if case.code is not None and not case.by_client:
            until(
                lambda: len(self.faults()) > len(faults), "a line in the log"
            )
            line = self.faults()[-1]
            assert re.search(r'reason="[^"]+"', line), f"a reason in {line!r}"
            assert case.reason in line, f"{case.reason!r} in {line!r}"
        else:
            assert self.faults() == faults

    def faults(self):
        return disconnects(self.log())

    @staticmethod
    def receive(ws, case, texts):
        """Until all of the case has come, and then until the end."""
        received = Received()
        if case.code is None:
            while not received.has_all(case, texts):
                came = ws.next()
                if came is None or came.opcode == CLOSE:
                    raise Failed(f"the connection ended: {came!r}")
                received.add(came)
            ws.send(close(1000))
        while (came := ws.next()) is not None:
            received.add(came)
        return received

    @staticmethod
    def check(case, received, texts):
        if received.closed is None:
            raise Failed("the connection ended without a close frame")
        want = 1000 if case.code is None else case.code
        assert (received.closed.code() or NO_CODE) == want, (
            f"code of the close frame {received.closed!r}"
        )
        assert received.after == []
        assert received.pongs == case.pongs
        assert [r["status"] for r in received.refusals] == [
            case.status
        ] * case.refused
        if case.code is None:
            assert received.data == texts
        else:  # Redis may have been slower than the close
            assert received.data == texts[: len(received.data)]
        if case.agreed and texts:
            assert received.plain == 0

    def check_other(self, texts):
        """The other client got what was published, and nothing else."""
        self.other.publish(CHANNEL, MARK)
        got = []
        while not got or got[-1] != MARK:
            got.append(self.other.data())
        assert got[:-1] == texts
