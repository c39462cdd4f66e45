# SPDX-License-Identifier: MIT
"""Other browser engines: Firefox, and WebKit, the engine of Safari.

Sources: https://firefox-source-docs.mozilla.org/testing/marionette/
https://trac.webkit.org/wiki/WebKitGTK/Debugging
"""

import glob
import json
import os
import socket

from harness.check import Failed, until
from harness.process import Process, free_port
from harness.webdriver import INSECURE, Driver, environment

# What Firefox has instead of WebDriver's paths: Marionette, on a socket. The
# program that translates, geckodriver, is not in Debian.
COMMANDS = {
    ("POST", "/session"): "WebDriver:NewSession",
    ("DELETE", ""): "Marionette:Quit",
    ("POST", "/url"): "WebDriver:Navigate",
    ("POST", "/timeouts"): "WebDriver:SetTimeouts",
    ("POST", "/back"): "WebDriver:Back",
    ("POST", "/execute/sync"): "WebDriver:ExecuteScript",
    ("POST", "/execute/async"): "WebDriver:ExecuteAsyncScript",
    ("GET", "/window"): "WebDriver:GetWindowHandle",
    ("POST", "/window"): "WebDriver:SwitchToWindow",
    ("POST", "/window/new"): "WebDriver:NewWindow",
    ("DELETE", "/window"): "WebDriver:CloseWindow",
}
PREFERENCES = {
    "marionette.port": 0,  # one that is free
    "browser.startup.page": 0,
    "network.proxy.type": 0,
    "network.dns.localDomains": INSECURE,
    "datareporting.policy.dataSubmissionEnabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
}
MINI_BROWSER = "/usr/lib/*/webkit*/MiniBrowser"


class Firefox(Driver):
    name = "Firefox"

    def __init__(self, folder, preferences=None):
        self.socket, self.file, self.count = None, None, 0
        with open(os.path.join(folder, "user.js"), "w") as out:
            for name, value in {**PREFERENCES, **(preferences or {})}.items():
                out.write(f'user_pref("{name}", {json.dumps(value)});\n')
        port = os.path.join(folder, "MarionetteActivePort")
        process = Process(
            [
                "firefox-esr",
                "--headless",
                "--marionette",
                "--no-remote",
                "--profile",
                folder,
            ],
            os.path.join(folder, "firefox.log"),
            environment(folder),
        )
        super().__init__(
            process,
            until(lambda: self.port_in(port), "the port of Firefox", 60),
            {"acceptInsecureCerts": True},  # those of the tests
        )

    @staticmethod
    def port_in(path):
        try:
            with open(path) as f:
                return int(f.read())
        except (OSError, ValueError):
            return None

    def connect(self):
        self.socket = socket.create_connection(("127.0.0.1", self.port), 90)
        self.file = self.socket.makefile("rwb")
        self.receive()  # its greeting

    def receive(self):
        size = b""
        while not size.endswith(b":"):
            piece = self.file.read(1)
            if not piece:
                raise Failed(f"Firefox left: {self.process.tail(5)}")
            size += piece
        return json.loads(self.file.read(int(size[:-1])))

    def call(self, method, path, body=None):
        if not self.socket:
            self.connect()
        self.count += 1
        body = body or {}
        if "capabilities" in body:
            body = body["capabilities"]["alwaysMatch"]
        said = json.dumps([0, self.count, COMMANDS[method, path], body])
        self.file.write(f"{len(said)}:{said}".encode())
        self.file.flush()
        _, _, error, result = self.receive()
        if error:
            raise Failed(f"Marionette {path}: {error['message'][:500]}")
        if isinstance(result, dict):
            return result.get("value", result)
        return result

    def close(self):
        super().close()
        if self.socket:
            self.file.close()
            self.socket.close()


class Screen:
    """An X server for browsers that need a window."""

    def __init__(self, folder):
        told, tell = os.pipe()
        self.process = Process(
            ["Xvfb", "-displayfd", str(tell), "-nolisten", "tcp"],
            os.path.join(folder, "xvfb.log"),
            pass_fds=[tell],
        )
        os.close(tell)
        with os.fdopen(told) as number:
            self.name = f":{number.readline().strip()}"

    def close(self):
        self.process.stop()


class WebKit(Driver):
    name = "WebKitGTK"

    def __init__(self, folder):
        self.screen = Screen(folder)
        port = free_port()
        browser = glob.glob(MINI_BROWSER)
        super().__init__(
            Process(
                ["WebKitWebDriver", f"--port={port}"],
                os.path.join(folder, "webkitdriver.log"),
                {
                    **environment(folder),
                    "DISPLAY": self.screen.name,
                    "GDK_BACKEND": "x11",
                    "NO_AT_BRIDGE": "1",
                    # Not allowed to root, nor in most containers.
                    "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",
                },
            ),
            port,
            {
                "acceptInsecureCerts": True,
                "webkitgtk:browserOptions": {
                    "binary": browser[0] if browser else "MiniBrowser",
                    "args": ["--automation"],
                }
            },
        )

    def close(self):
        super().close()
        self.screen.close()
