# SPDX-License-Identifier: MIT
"""A proxy to Redis that can stop passing bytes without closing."""

import os
import selectors
import socket
import threading


class Proxy:
    """Passes bytes between its unix socket and another one, until `blackhole`:
    then connections that exist stay open and carry nothing, and new ones do
    the same unless `heal()`."""

    def __init__(self, folder, target):
        self.path, self.target = os.path.join(folder, "proxy.sock"), target
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(64)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, selectors.EVENT_READ, None)
        self.silent, self.dead, self.other = False, set(), {}
        self.deaf, self.subscribed = False, set()
        self.lock = threading.Lock()
        self.over = False
        self.accepted = 0
        self.thread = threading.Thread(target=self.loop, daemon=True)
        self.thread.start()

    def loop(self):
        while not self.over:
            for key, _ in self.selector.select(timeout=0.05):
                with self.lock:
                    if key.data is None:
                        self.accept()
                    else:
                        self.move(key.fileobj)

    def accept(self):
        near, _ = self.listener.accept()
        self.accepted += 1
        far = socket.socket(socket.AF_UNIX)
        try:
            far.connect(self.target)
        except OSError:
            near.close()
            far.close()
            return
        for one, two in ((near, far), (far, near)):
            self.other[one] = two
            self.selector.register(one, selectors.EVENT_READ, one)
        if self.silent:
            self.dead |= {near, far}

    def move(self, source):
        if source not in self.other:
            return
        try:
            data = source.recv(262144)
            if b"SUBSCRIBE" in data:
                self.subscribed.add(source)
            muted = self.deaf and self.other[source] in self.subscribed
            if data and source not in self.dead and not muted:
                self.other[source].sendall(data)
        except OSError:
            data = b""
        if not data:
            self.drop(source)

    def drop(self, source):
        for end in (source, self.other.pop(source)):
            self.other.pop(end, None)
            self.dead.discard(end)
            self.subscribed.discard(end)
            self.selector.unregister(end)
            end.close()

    def blackhole(self, new_ones_too=False):
        """Drops all bytes of existing connections from now on."""
        with self.lock:
            self.dead |= set(self.other)
            self.silent = new_ones_too

    def deafen(self):
        """Drops what Redis sends on connections that subscribe, from now on;
        the others work."""
        with self.lock:
            self.deaf = True

    def heal(self):
        """New connections work; the silent ones stay silent."""
        with self.lock:
            self.silent = False

    def close(self):
        self.over = True
        self.thread.join(5)
        with self.lock:
            for end in list(self.other):
                end.close()
            self.listener.close()

    def url(self, db=0):
        return f"unix://{self.path}?db={db}"
