# SPDX-License-Identifier: MIT
"""Prints the commands of "Installing" in README.md, or with `handoff` those of
doc/handoff.md."""

import os
import sys

TOP = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..")
os.environ["PUSHCGI_SRC"] = TOP
sys.path.insert(0, os.path.join(TOP, "tests", "e2e"))
sys.dont_write_bytecode = True
from harness.samples import sample  # noqa: E402

INSTALL = sample("README.md", "sh", "apt install ./pushcgi_*.deb")
HANDOFF = sample("doc/handoff.md", "sh", "a2enconf pushcgi-handoff")
sys.stdout.write(HANDOFF if sys.argv[1:] == ["handoff"] else INSTALL)
