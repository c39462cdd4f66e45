# SPDX-License-Identifier: MIT
"""An HTTP proxy that buffers each response until it is complete."""

import http.client
import re
import socket
import socketserver
import threading
from http.server import BaseHTTPRequestHandler

from harness.process import free_port


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        upstream = http.client.HTTPConnection(
            "127.0.0.1", self.server.target, timeout=90
        )
        try:
            self.relay(upstream)
        except (OSError, http.client.HTTPException):
            pass  # one of both sides left
        finally:
            upstream.close()

    def ask(self, upstream):
        """The head of the response."""
        headers = {
            k: v
            for k, v in self.headers.items()
            if k.lower() not in ("connection", "accept-encoding")
        }
        upstream.request("GET", self.path, headers=headers)
        self.server.upstreams.append(upstream.sock)
        return upstream.getresponse()

    def relay(self, upstream):
        response = self.ask(upstream)
        early = self.server.head_first and self.path.startswith("/push/")
        if early:
            self.head(response, {"Connection": "close"})
        body = response.read()
        if not early:
            self.head(response, {"Content-Length": str(len(body))})
        self.wfile.write(body)
        self.close_connection = early or self.close_connection

    def head(self, response, more):
        self.send_response_only(response.status)
        for name in ("Content-Type", "Cache-Control", "Retry-After", "ETag"):
            if response.headers[name]:
                self.send_header(name, response.headers[name])
        for name, value in more.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_):
        pass


class Unpadding(Handler):
    """Removes the padding at the start of a stream, and buffers nothing."""

    def relay(self, upstream):
        upstream.request("GET", self.path)
        self.server.upstreams.append(upstream.sock)
        response = upstream.getresponse()
        self.head(response, {"Connection": "close"})
        self.close_connection = True
        while piece := response.read1(65536):
            self.wfile.write(re.sub(b" {64,}", b"", piece))


# With lines that are JSON, as a page of one's own may have.
ERROR_PAGE = b"""<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">
<html><head>
<title>500 Internal Server Error</title>
</head><body>
<h1>Internal Server Error</h1>
null
7
"text"
[]
</body></html>
"""


class ErrorPage(Handler):
    """Cuts the first response of a program in the word CUT, and ends it with
    an error page as if it were complete, as mod_fcgid does."""

    def relay(self, upstream):
        response = self.ask(upstream)
        self.head(response, {"Connection": "close"})
        self.close_connection = True
        program = self.path.partition("?")[0]
        while piece := response.read1(65536):
            before, found, _ = piece.partition(b"CUT")
            if found and program not in self.server.cut:
                self.server.cut.append(program)
                self.wfile.write(before + b"C" + ERROR_PAGE)
                return
            self.wfile.write(piece)


class BufferingProxy(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """In front of `target`; with head_first it buffers only bodies."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, target, head_first=False, handler=Handler):
        self.port, self.target = free_port(), target
        self.head_first, self.upstreams = head_first, []
        self.cut = []  # paths, by ErrorPage
        super().__init__(("127.0.0.1", self.port), handler)
        self.thread = threading.Thread(target=self.serve_forever, daemon=True)
        self.thread.start()

    def handle_error(self, request, client_address):
        pass  # a browser that left

    def close(self):
        self.shutdown()
        self.server_close()
        # close() would wait for the thread that reads
        for upstream in self.upstreams:
            try:
                upstream.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it has ended
