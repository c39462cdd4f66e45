# SPDX-License-Identifier: MIT
"""WebSocket, through each way to the program."""
from harness.apache import ApacheProxy
from harness.front import FastcgiFront
from harness.lighttpd import Lighttpd, LighttpdCgi
from harness.tap import equal, fact

QUICK = {"hold.beat": 1}


def site_of(stage, server, settings=None, **options):
    if server is not FastcgiFront:
        options["websocket"] = True
    return stage.site({**QUICK, **(settings or {})}, server=server, **options)


def live(stage, server):
    site = site_of(stage, server)
    reader = site.websocket("news").ready()
    id_ = site.publish("news", "hello", event="greeting")
    reader.wait_messages(1)
    equal(reader.messages, [{"id": id_, "channel": "news",
                             "event": "greeting", "data": "hello"}],
          "messages")


@fact()
def a_message_goes_through_lighttpd_mod_proxy(stage):
    live(stage, Lighttpd)


@fact()
def a_message_goes_through_lighttpd_mod_cgi(stage):
    live(stage, LighttpdCgi)


@fact(needs=("redis-server", "apache2"))
def a_message_goes_through_apache_mod_proxy_http(stage):
    live(stage, ApacheProxy)


@fact(needs=("redis-server",))
def a_message_goes_through_fastcgi_records(stage):
    live(stage, FastcgiFront)
