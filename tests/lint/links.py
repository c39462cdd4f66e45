#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every link of the pages leads somewhere: prints TAP.

The pages are all *.md of the tree but those of build folders. A link to a file
of the tree, and after # to a heading of a page, must be there; other hosts are
not asked. A built file is linked as its .in file. A page in doc/ that no other
page links is not found by anybody."""
import glob
import os
import re
import sys

from tap import report

FENCE = re.compile(r"^ *```.*?^ *```$", re.M | re.S)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.*)$", re.M)


def pages():
    found = glob.glob("*.md")
    for top in ("doc", "tests", "bench", "client", "deploy"):
        found += glob.glob(f"{top}/**/*.md", recursive=True)
    return sorted(p for p in found if "node_modules" not in p)


def text_of(path):
    with open(path, encoding="utf-8") as opened:
        return FENCE.sub("", opened.read())


def anchors(path):
    """Of its headings, as GitHub makes them."""
    return {re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1",
                                           heading)).strip().lower()
            .replace(" ", "-") for heading in HEADING.findall(text_of(path))}


def main():
    os.chdir(os.environ.get("PUSHCGI_SRC", "."))
    dead, linked = [], {"README.md"}
    for page in pages():
        for target in LINK.findall(text_of(page)):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            path = os.path.normpath(
                os.path.join(os.path.dirname(page), name)) if name else page
            if path != page:
                linked.add(path)
            if not os.path.exists(path):
                dead.append(f"{page}: {target}")
            elif anchor and anchor not in anchors(path):
                dead.append(f"{page}: {target}: no such heading")
    lost = [page for page in pages()
            if page.startswith("doc/") and page not in linked
            and os.path.dirname(page) not in linked]
    checks = (("every link leads somewhere", dead),
              ("every page in doc/ is linked", lost))
    return report(checks)


if __name__ == "__main__":
    sys.exit(main())
