# SPDX-License-Identifier: MIT
"""Data arrives intact."""

import json

TEXTS = {
    "lines": "one\ntwo\n\nfour",
    "a_last_line_break": "one\n",
    "emoji": "\U0001f469\u200d\U0001f680 \u00e4\u00f6\u00fc \u4e2d\u6587",
    "separators": "a\u2028b\u2029c\u0085d",
    "quotes": "\"'`\\ {} [] \\n \\u0041",
    "a_script_end": "</script><!--<script> & &amp; ]]>",
    "field_names": "data: x\nid: 1-1\nevent: e\n: comment\nretry: 1",
    "control_characters": "\x01\x02\x1b[0m\x7f\t",
    "spaces": "  lead and trail  ",
    "nothing": "",
    "a_bom": "\ufeffbom",
    "json": '{"id":"1-1","data":"x"}',
}


def through(site, channel, texts, normal):
    """Publishes texts and reads them back by all ways."""
    subscriber = site.sse(channel).ready()
    whole = site.sse(channel, envelope="json").ready()
    cursor = subscriber.cursor
    for text in texts.values():
        site.publish(channel, text)
    subscriber.wait_messages(len(texts))
    whole.wait_messages(len(texts))
    batch = site.longpoll(channel, since=cursor, wait=0)
    for at, (name, text) in enumerate(texts.items()):
        assert subscriber.data[at] == normal(text), f"{name} by sse"
        assert (
            json.loads(whole.data[at])["data"] == text
        ), f"{name} by sse in an envelope"
        assert batch["messages"][at]["data"] == text, f"{name} by longpoll"


def test_every_kind_of_text_arrives_intact(site, channel):
    through(site, channel, TEXTS, lambda text: text)


def test_every_kind_of_line_break_arrives(site, channel):
    """SSE has one kind; JSON keeps them."""
    through(
        site,
        channel,
        {"crlf": "one\r\ntwo", "cr": "one\rtwo", "mixed": "\r\n\r\r\n\n"},
        lambda text: text.replace("\r\n", "\n").replace("\r", "\n"),
    )


def test_an_envelope_is_the_json_of_the_message(site, channel):
    subscriber = site.sse(channel, envelope="json").ready()
    id_ = site.publish(channel, "text", event="kind")
    plain = site.publish(channel, "text")
    subscriber.wait_messages(2)
    assert [json.loads(text) for text in subscriber.data] == [
        {"id": id_, "channel": channel, "event": "kind", "data": "text"},
        {"id": plain, "channel": channel, "data": "text"},
    ]


def test_the_largest_message_arrives(site, channel):
    subscriber = site.sse(channel).ready()
    text = ("0123456789abcdef" * 4096)[:65536]
    site.publish(channel, text)
    assert subscriber.wait_messages(1) == [text]
    batch = site.longpoll(channel, since="0", wait=0)
    assert batch["messages"][0]["data"] == text


def test_a_message_of_the_raised_limit_uses_several_records(stage):
    site = stage.site({"message.max_bytes": 1048576})
    subscriber = site.sse("news").ready()
    text = "\u00e9" * 250000 + "\n" + "x" * 400000
    site.publish("news", text)
    assert subscriber.wait_messages(1, 40) == [text]
    batch = site.longpoll("news", since="0", wait=0)
    assert batch["messages"][0]["data"] == text


def test_an_unknown_envelope_is_refused(site, channel):
    response = site.get("sse", channel, envelope="xml")
    assert response.status == 400
