# SPDX-License-Identifier: MIT
"""Chromium without a window, through chromedriver.

Source: https://www.w3.org/TR/webdriver2/
"""
import json
import os
import urllib.error
import urllib.request

from harness.process import Process, free_port
from harness.tap import Failed, until

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
         "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage")
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    def __init__(self, folder):
        self.port = free_port()
        env = {k: v for k, v in os.environ.items()
               if not k.lower().endswith("_proxy")}
        env["HOME"] = folder
        self.process = Process(
            ["chromedriver", f"--port={self.port}"],
            os.path.join(folder, "chromedriver.log"), env)
        self.process.wait_for(("127.0.0.1", self.port))
        profile = os.path.join(folder, "chromium")
        options = {"binary": "/usr/bin/chromium",
                   "args": [*FLAGS, f"--user-data-dir={profile}"]}
        if not os.path.exists(options["binary"]):
            del options["binary"]
        wanted = {"browserName": "chrome", "goog:chromeOptions": options,
                  "goog:loggingPrefs": {"browser": "ALL"}}
        self.session = None
        self.session = self.call("POST", "/session", {
            "capabilities": {"alwaysMatch": wanted}})["sessionId"]

    def call(self, method, path, body=None):
        if self.session:
            path = f"/session/{self.session}{path}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", data, method=method,
            headers={"Content-Type": "application/json"})
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise Failed(f"WebDriver {path}: {error.read()[:500]}") from None

    def go(self, url):
        self.call("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        """The value of a function body in the page."""
        return self.call("POST", "/execute/sync",
                         {"script": script, "args": list(arguments)})

    def until(self, script, what, seconds=30):
        try:
            return until(lambda: self.run(script), what, seconds, 0.1)
        except Failed as why:
            raise Failed(f"{why}; the page says "
                         f"{self.text()[:400]!r}, its console "
                         f"{self.console()[:5]}") from None

    def text(self):
        return self.run("return document.body ? document.body.innerText : ''")

    def console(self):
        return [e["message"]
                for e in self.call("POST", "/se/log", {"type": "browser"})]

    def find(self, selector):
        return self.call("POST", "/element", {
            "using": "css selector", "value": selector})[ELEMENT]

    def type(self, selector, text):
        self.call("POST", f"/element/{self.find(selector)}/value",
                  {"text": text})

    def click(self, selector):
        self.call("POST", f"/element/{self.find(selector)}/click", {})

    def close(self):
        if self.session:
            try:
                self.call("DELETE", "")
            except (Failed, OSError):
                pass
        self.process.stop()
