# SPDX-License-Identifier: MIT
"""Public clients, unmodified: in node, and in pages in Chromium."""

import json
import os

from harness.npm import HERE, folder
from harness.process import Process, clean_environment
from harness.site import source

SERVES = 'alias.url += ( "/lib/" => "{modules}/" )\n'


class InNode:
    """An EventSource of `package`."""

    def __init__(self, stage, site, package, target):
        environment = {**clean_environment(), "NODE_PATH": folder()}
        self.process = Process(
            [
                "node",
                source(*HERE, "in_node.js"),
                package,
                f"http://127.0.0.1:{site.port}/push/sse?{target}",
            ],
            os.path.join(stage.sub("node"), "node.log"),
            environment,
        )
        stage.add(self)

    def said(self, kind):
        out = []
        for line in self.process.output().splitlines(keepends=True):
            # Other lines are of node: undici's is called experimental.
            if line.startswith('["') and line.endswith("\n"):
                item = json.loads(line)
                if item[0] == kind:
                    out.append(item[1] if len(item) == 2 else item[1:])
        return out

    def close(self):
        self.process.stop()


class InPage:
    """The client of a page of tests/e2e/clients/."""

    def __init__(self, browser, site, page, target):
        self.browser = browser
        self.browser.go(site.url(f"clients/{page}.html?{target}"))

    def said(self, kind):
        return self.browser.run(f"return window.{kind}")


def public_site(stage, settings=None):
    return stage.site(settings, after=SERVES.format(modules=folder()))
