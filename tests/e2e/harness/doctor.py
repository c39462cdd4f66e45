# SPDX-License-Identifier: MIT
"""push-doctor, with what it finds as a list of dicts."""

import json
import os
import subprocess

from harness import process
from harness.site import build


class Findings(list):
    """level, area, sentence, lines, file, owner of each: see
    push-doctor(1)."""

    def of(self, area):
        return Findings(f for f in self if f["area"] == area)

    def wrong(self):
        return Findings(f for f in self if f["level"] in ("warning", "error"))

    def text(self):
        """For a message of a test."""
        return "\n".join(
            " ".join([f["level"], f["sentence"], *f["lines"]]) for f in self
        )


def examine(folder, settings, *arguments, env=None, timeout=60):
    """What all checks find with this push.conf, or those of `arguments`, such
    as "--only", "redis"."""
    path = os.path.join(folder, "push.conf")
    with open(path, "w", encoding="utf-8") as out:
        out.write(settings)
    os.chmod(path, 0o640)
    done = subprocess.run(
        [build("push-doctor"), "--json", "--conf", path, *arguments],
        capture_output=True,
        text=True,
        env={**process.clean_environment({"limit.table": ""}), **(env or {})},
        timeout=timeout,
        check=False,
    )
    said = json.loads(done.stdout)
    assert done.returncode == (1 if said["errors"] else 0), done
    return Findings(said["findings"])
