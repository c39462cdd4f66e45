# SPDX-License-Identifier: MIT
"""Prints the commands of "Installing" in README.md."""

import os
import sys

TOP = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..")
os.environ["PUSHCGI_SRC"] = TOP
sys.path.insert(0, os.path.join(TOP, "tests", "e2e"))
sys.dont_write_bytecode = True
from harness.samples import sample  # noqa: E402

sys.stdout.write(sample("README.md", "sh", "apt install ./pushcgi_*.deb"))
