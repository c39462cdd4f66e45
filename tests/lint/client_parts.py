#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The parts of push.js are modules, though they are joined: prints TAP.

Joined, a part sees the names of all others. So that its first lines say what
it uses, they import just that, from parts that are joined before it.
"""
import os
import re
import sys

from tap import report

PARTS = os.path.join(os.environ.get("PUSHCGI_SRC", "."), "client", "parts")
IMPORT = re.compile(r'^import \{([^}]*)\} from "\./(\w+)\.mjs";\n', re.M)
EXPORT = re.compile(r"^export (?:async )?(?:function|class|const) (.*)", re.M)
COMMENT = re.compile(r"(?m)^\s*//.*|(?<=[;,({})])\s+//.*|/\*(?s:.*?)\*/")


class Part:
    def __init__(self, path):
        with open(path, encoding="utf-8") as f:
            text = f.read()
        self.imports = {
            name: source
            for names, source in IMPORT.findall(text)
            for name in re.findall(r"\w+", names)
        }
        self.exports = {
            name
            for line in EXPORT.findall(text)
            for name in re.findall(r"^\w+|(?<=, )\w+(?= =)", line)
        }
        self.code = COMMENT.sub("", IMPORT.sub("", text))

    def uses(self, name):
        """As a variable: not .name, not { name: ... }."""
        return re.search(rf"(?<![\w.]){name}\b(?!:)", self.code)


def joined():
    """The names of the parts, as client.am joins them."""
    with open(os.path.join(PARTS, os.pardir, "client.am")) as f:
        return re.findall(r"parts/(\w+)\.mjs", f.read())


def problems(order, parts):
    files = {name[:-4] for name in os.listdir(PARTS) if name.endswith(".mjs")}
    for name in files ^ set(order):
        yield f"{name}.mjs is not both in client/parts and in client.am"
    exported = {
        name: source for source in order for name in parts[source].exports
    }
    for at, name in enumerate(order):
        part = parts[name]
        for what, source in part.imports.items():
            if source not in order[:at]:
                yield f"{name} imports {source}, which comes after it"
            elif what not in parts[source].exports:
                yield f"{name} imports {what}, which {source} does not export"
            elif not part.uses(what):
                yield f"{name} imports {what} and does not use it"
        for what, source in exported.items():
            if source != name and what not in part.imports and part.uses(what):
                yield f"{name} uses {what} and does not import it"
        for what in part.exports:
            if not any(what in its.imports for its in parts.values()):
                yield f"{name} exports {what}, which nobody imports"


def main():
    order = joined()
    parts = {
        name: Part(os.path.join(PARTS, f"{name}.mjs")) for name in order
    }
    imports = sum(len(part.imports) for part in parts.values())
    exports = sum(len(part.exports) for part in parts.values())
    return report([
        ("parts, imports and exports are found",
         [] if len(order) > 5 and imports > 30 and exports > 20
         else [f"{len(order)}, {imports}, {exports}"]),
        ("each part imports what it uses, from parts before it",
         list(problems(order, parts))),
    ])


sys.exit(main())
