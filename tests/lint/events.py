#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The log events of the sources are those of pushcgi(8): prints TAP.

An administrator searches the log for `event=NAME`. Each NAME is a literal in
the sources and an item of the section DIAGNOSTICS of doc/pushcgi.8. Their
formats have only the conversions of shared/base/log_line.h."""
import os
import re
import sys

from tap import report

CALL = re.compile(r"\blog_(?:error|warn|info|debug)\(\s*([^,)]*)")
FORMAT = re.compile(r"\blog_(?:error|warn|info|debug)\([^,]*,\s*"
                    r'((?:"(?:\\.|[^"\\])*"\s*)+)')
KNOWN = re.compile(r"%(?:\.\*s|s|m|d|u|ld|zu|%)")
ITEM = re.compile(r"^\.It Cm (.*)$", re.M)


def sources():
    for top in ("shared", "fcgi", "commands"):
        for folder, _, names in os.walk(top):
            for name in sorted(names):
                path = os.path.join(folder, name)
                if name.endswith(".c") and path != "shared/base/log.c":
                    with open(path, encoding="utf-8") as f:
                        yield path, f.read()


def documented():
    with open("doc/pushcgi.8", encoding="utf-8") as f:
        section = f.read().split(".Sh DIAGNOSTICS")[1].split("\n.Sh ")[0]
    return [name for item in ITEM.findall(section)
            for name in item.replace(",", " ").split()]


def main():
    os.chdir(os.environ.get("PUSHCGI_SRC", "."))
    texts = list(sources())
    found = [(path, event) for path, text in texts
             for event in CALL.findall(text)]
    formats = [(path, form) for path, text in texts
               for form in FORMAT.findall(text)]
    names = {event.strip('"') for _, event in found}
    manual = documented()
    checks = (
        ("log events are literals",
         [f"{path}: {event}" for path, event in found
          if not re.fullmatch(r'"[a-z_]+"', event)]),
        ("log formats have conversions of log_line.h",
         [f"{path}: {form}" for path, form in formats
          if "%" in KNOWN.sub("", form)]),
        ("every log event is in pushcgi(8)",
         sorted(names - set(manual))),
        ("every event of pushcgi(8) is in the sources",
         sorted(set(manual) - names)),
        ("pushcgi(8) lists its events in order, each once",
         [b for a, b in zip(manual, manual[1:]) if a >= b]),
    )
    return report(checks)


if __name__ == "__main__":
    sys.exit(main())
