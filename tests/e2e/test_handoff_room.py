# SPDX-License-Identifier: MIT
"""A program that has no room for more leaves Apache's threads to its site."""

import socket
import threading
import time

import pytest

from harness.handoff import ApacheHandoff

pytestmark = [pytest.mark.apache, pytest.mark.shipped]

FEW = 300  # descriptors of a program
SUBSCRIBE = b"GET /push/sse?channel=news HTTP/1.1\r\nHost: localhost\r\n\r\n"
SOON = 30  # s; Apache's Timeout is 300


def subscribe(site):
    connection = socket.create_connection(("127.0.0.1", site.port), 20)
    connection.sendall(SUBSCRIBE)
    return connection


def answer(site):
    with subscribe(site) as connection:
        return connection.recv(4096)


def test_pages_are_answered_however_many_want_to_subscribe(stage):
    site = stage.site(server=ApacheHandoff, nofile=FEW)
    held = [subscribe(site) for _ in range(FEW)]
    for connection in held:
        assert connection.recv(4096).startswith(b"HTTP/1.1 ")
    stopped = threading.Event()

    def insist():
        while not stopped.wait(0.05):
            held.append(subscribe(site))

    clients = [threading.Thread(target=insist) for _ in range(6)]
    for client in clients:
        client.start()
    try:
        for _ in range(20):
            began = time.monotonic()
            assert site.request("GET", "/index.html").status == 200
            assert time.monotonic() - began < SOON
            assert answer(site).startswith(b"HTTP/1.1 200 ")
    finally:
        stopped.set()
        for client in clients:
            client.join()
    for connection in held:
        connection.close()
