# SPDX-License-Identifier: MIT
"""HTTP requests on a new or a kept connection."""

import http.client
import json
import socket
import urllib.parse


class Response:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body.decode())

    def __repr__(self):
        return f"<{self.status} {dict(self.headers)} {self.body[:300]!r}>"


class Unix(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def query(channels=(), **parameters):
    """A query string; `channels` is one name or several."""
    if isinstance(channels, str):
        channels = [channels]
    pairs = [("channel", c) for c in channels]
    pairs += [(k, v) for k, v in parameters.items() if v is not None]
    return urllib.parse.urlencode(pairs)


def form(**fields):
    return urllib.parse.urlencode(
        {k: v for k, v in fields.items() if v is not None}
    ).encode()


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


class Client:
    """Keeps its connection as long as the server does."""

    def __init__(self, port, timeout=40):
        self.port, self.timeout, self.connection = port, timeout, None

    def request(self, method, target, body=None, headers=None):
        for attempt in (1, 2):
            fresh = self.connection is None
            if fresh:
                self.connection = http.client.HTTPConnection(
                    "127.0.0.1", self.port, timeout=self.timeout
                )
            try:
                self.connection.request(method, target, body, headers or {})
                response = self.connection.getresponse()
                data = response.read()
            except (
                http.client.RemoteDisconnected,
                ConnectionResetError,
                BrokenPipeError,
            ):
                self.close()  # a kept connection may end between requests
                if fresh or attempt == 2:
                    raise
                continue
            if response.will_close:
                self.close()
            return Response(response.status, response.headers, data)
        return None

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None


def request(port, method, target, body=None, headers=None, timeout=40):
    client = Client(port, timeout)
    try:
        return client.request(method, target, body, headers)
    finally:
        client.close()
