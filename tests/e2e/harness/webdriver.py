# SPDX-License-Identifier: MIT
"""A page in a browser, and Chromium without a window.

Source: https://www.w3.org/TR/webdriver2/
"""

import json
import os
import urllib.error
import urllib.request

from harness.check import Failed, until
from harness.process import Process, free_port

# A host name by which pages are no secure context, as those of 127.0.0.1 are.
INSECURE = "push.test"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    f"--host-resolver-rules=MAP {INSECURE} 127.0.0.1",
)
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


def environment(folder):
    """A new profile, and no proxy."""
    env = {
        k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")
    }
    env["HOME"] = env["XDG_RUNTIME_DIR"] = folder
    return env


class Driver:
    """A browser driven through `process`, which listens at `port`."""

    def __init__(self, process, port, wanted):
        self.process, self.port, self.session = process, port, None
        try:
            self.process.wait_for(("127.0.0.1", self.port))
            self.session = self.call(
                "POST", "/session", {"capabilities": {"alwaysMatch": wanted}}
            )["sessionId"]
        except BaseException:
            self.close()
            raise

    def call(self, method, path, body=None):
        if self.session:
            path = f"/session/{self.session}{path}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data,
            method=method,
            headers={"Content-Type": "application/json"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=90) as response:
                return json.load(response)["value"]
        except urllib.error.HTTPError as error:
            raise Failed(f"WebDriver {path}: {error.read()[:500]}") from None

    def go(self, url):
        self.call("POST", "/url", {"url": url})

    def look(self, handle):
        """Goes on in that tab."""
        self.call("POST", "/window", {"handle": handle})

    def run(self, script, *arguments):
        """The value of a function body in the page."""
        return self.call(
            "POST",
            "/execute/sync",
            {"script": script, "args": list(arguments)},
        )

    def until(self, script, what, seconds=30):
        try:
            return until(lambda: self.run(script), what, seconds, 0.1)
        except Failed as why:
            raise Failed(
                f"{why}; the page says "
                f"{self.text()[:400]!r}, its console "
                f"{self.console()[:5]}"
            ) from None

    def text(self):
        return self.run("return document.body ? document.body.innerText : ''")

    def console(self):
        """The lines in the console, where the driver has them."""
        return []

    def find(self, selector):
        return self.call(
            "POST", "/element", {"using": "css selector", "value": selector}
        )[ELEMENT]

    def type(self, selector, text):
        self.call(
            "POST", f"/element/{self.find(selector)}/value", {"text": text}
        )

    def click(self, selector):
        self.call("POST", f"/element/{self.find(selector)}/click", {})

    def close(self):
        if self.session:
            try:
                self.call("DELETE", "")
            except (Failed, OSError):
                pass
        self.process.stop()


class Browser(Driver):
    """Chromium, in which all pages are tested."""

    name = "Chromium"

    def __init__(self, folder, *flags):
        self.origins, self.used = set(), True
        options = {
            "binary": "/usr/bin/chromium",
            "args": [
                *FLAGS,
                *flags,
                "--user-data-dir=" + os.path.join(folder, "chromium"),
            ],
        }
        if not os.path.exists(options["binary"]):
            del options["binary"]
        port = free_port()
        super().__init__(
            Process(
                ["chromedriver", f"--port={port}"],
                os.path.join(folder, "chromedriver.log"),
                environment(folder),
            ),
            port,
            {
                "browserName": "chrome",
                "acceptInsecureCerts": True,  # those of the tests
                "goog:chromeOptions": options,
                "goog:loggingPrefs": {"browser": "ALL"},
            },
        )

    def go(self, url):
        self.used = True
        self.origins.add("/".join(url.split("/")[:3]))
        super().go(url)

    def intact(self):
        return self.process.alive()

    def renew(self):
        """Leaves one empty tab, and nothing that pages have stored."""
        if not self.used:
            return
        old = self.call("GET", "/window/handles")
        tab = self.call("POST", "/window/new", {"type": "tab"})["handle"]
        for handle in old:
            self.look(handle)
            self.call("DELETE", "/window")
        self.look(tab)
        for origin in self.origins:
            self.call(
                "POST",
                "/goog/cdp/execute",
                {
                    "cmd": "Storage.clearDataForOrigin",
                    "params": {"origin": origin, "storageTypes": "all"},
                },
            )
        self.origins.clear()
        self.network(offline=False)
        self.used = False
        self.console()

    def network(self, offline):
        self.call(
            "POST",
            "/chromium/network_conditions",
            {
                "network_conditions": {
                    "offline": offline,
                    "latency": 0,
                    "throughput": -1,
                }
            },
        )

    def another_window(self):
        """Returns its handle; the first one stays the present one."""
        new = self.call("POST", "/window/new", {"type": "window"})
        return new["handle"]

    def console(self):
        return [
            e["message"]
            for e in self.call("POST", "/se/log", {"type": "browser"})
        ]
