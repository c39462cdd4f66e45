# SPDX-License-Identifier: MIT
"""The code samples of README.md and of the pages in doc/.

A test takes the samples that it runs by sample(). tests/lint/samples.py reads
these calls, whose arguments are literals, and fails for a sample that no test
takes."""

import os
import re
import textwrap

FENCE = re.compile(r"^( *)```(\S*)[^\n]*\n(.*?)^\1```$", re.M | re.S)


def blocks(text):
    """The fenced blocks of a page: offset, language, code."""
    for found in FENCE.finditer(text):
        yield found.start(), found[2], textwrap.dedent(found[3])


def sample(page, language, word):
    """The code on that page, in that language, with `word` in it; there is
    one."""
    path = os.path.join(os.environ["PUSHCGI_SRC"], page)
    with open(path, encoding="utf-8") as opened:
        found = [
            code
            for _, name, code in blocks(opened.read())
            if name == language and word in code
        ]
    if len(found) != 1:
        raise AssertionError(
            f"{page} has {len(found)} samples of {language} with {word!r}"
        )
    return found[0]
