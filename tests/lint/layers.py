#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Includes point down: prints TAP.

The floors of shared/, from the ground up, are FLOORS. A file includes nothing
from a floor above its own. Files of one name (conn.c, conn.h) are a module;
the modules form no circle. What a .c file defines for others is declared in
the header of its own name, so a circle cannot hide behind a shared header.
Each library is included only by the modules listed in LIBRARIES.
"""
import collections
import os
import re
import sys

from tap import report

FLOORS = ("base", "stats", "host", "model", "status", "conf", "wire", "bus",
          "spool", "access", "technique.h", "net", "hub",
          "http", "app")
LIBRARIES = {
    r"hiredis/.*": ("shared/bus/redis_reader",
                    "shared/bus/redis_reply"),
    r"fcgi.*|fastcgi.*": ("shared/wire/request", "shared/wire/record"),
    r"ini\.h": ("shared/conf/conf_text",),
    r"jansson\.h": ("shared/model/json", "shared/model/publication",
                    "shared/model/command", "shared/access/claims",
                    "shared/access/jwks", "shared/app/entry",
                    "shared/status/process",
                    "commands/doctor/report"),
    r"wslay/.*": ("shared/wire/ws_input",),
    r"zlib\.h": ("shared/wire/ws_deflate",),
    r"openssl/.*": ("shared/wire/ws_handshake", "shared/bus/openssl",
                    "shared/access/hmac", "shared/access/libcrypto"),
    r"jwt\.h": ("shared/access/token",),
    r"curl/.*": ("commands/doctor/exchange",),
    r"ev\.h": ("shared/base/wheel", "shared/bus/redis_resolver",
               "shared/bus/redis_socket", "shared/bus/redis_outage",
               "shared/bus/redis_link", "shared/bus/redis_conn",
               "shared/bus/state", "shared/bus/sentinel", "shared/bus/replicas",
               "shared/bus/probe",
               "shared/bus/publish", "shared/spool/spooler",
               "shared/net/listen", "shared/net/conn",
               "shared/hub/channels", "shared/hub/gather",
               "shared/hub/fanouts", "shared/app/serve",
               "shared/app/restart", "shared/app/loop_lag",
               "shared/app/entry_writer", "shared/app/hook_command", "commands/doctor/kick",
               "commands/doctor/front",
               "commands/doctor/redis_ask", "commands/doctor/round_trip",
               "commands/doctor/sentinels",
               "commands/push-publish-run", "commands/push-publish-lines",
               "commands/push-publish-health",
               "commands/push-publish-retry"),
}
INCLUDE = re.compile(r'^#\s*include\s*[<"]([^>"]+)[>"]', re.M)
# KNF: the name of a function that is defined stands in column 1, its type
# on the line before.
DEFINITION = re.compile(r"^([a-z_].*)\n([a-z_][a-z_0-9]*)\(", re.M)


def sources():
    for top in ("shared", "fcgi", "commands"):
        for folder, _, names in os.walk(top):
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    yield os.path.join(folder, name)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def module(path):
    return os.path.splitext(path)[0]


def floor(path):
    """The rank of a file: a floor of shared/, or one above them all."""
    parts = path.split("/")
    if parts[0] != "shared":
        return len(FLOORS)
    return FLOORS.index(parts[1]) if parts[1] in FLOORS else None


def own_includes(text):
    return [i for i in INCLUDE.findall(text)
            if i.startswith(("shared/", "fcgi/", "commands/"))]


def unknown_folders(files):
    return [f"{path}: {path.split('/')[1]} is not in FLOORS"
            for path in files if floor(path) is None]


def pointing_up(files):
    for path, text in files.items():
        for target in own_includes(text):
            if target not in files:
                yield f"{path}: {target} does not exist"
            elif None not in (floor(path), floor(target)) and \
                    floor(target) > floor(path):
                yield f"{path} includes {target}, which is above it"


def from_above(files):
    """fcgi/ and commands/ include shared/, and of their own folder only the
    header of the same name, or fcgi/techniques.h."""
    for path, text in files.items():
        if path.startswith("shared/"):
            continue
        for target in own_includes(text):
            if not target.startswith("shared/") and \
                    not target.startswith("commands/") and \
                    target != "fcgi/techniques.h" and \
                    module(target) != module(path):
                yield f"{path} includes {target}"


def circles(files):
    """Strongly connected modules (Tarjan, 1972)."""
    arrows = collections.defaultdict(set)
    for path, text in files.items():
        for target in own_includes(text):
            if module(target) != module(path):
                arrows[module(path)].add(module(target))
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(arrows[node]):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            part = stack[stack.index(node):]
            del stack[stack.index(node):]
            if len(part) > 1:
                found.append("circle: " + " -> ".join(sorted(part)))

    for node in sorted(arrows):
        if node not in index:
            visit(node)
    return found


def declared_elsewhere(files):
    for path, text in files.items():
        if not path.endswith(".c"):
            continue
        header = files.get(module(path) + ".h", "")
        for kind, name in DEFINITION.findall(text):
            if "static" in kind.split() or name == "main":
                continue
            if not re.search(rf"\b{name}\(", header):
                yield f"{path}: {name}() is not declared in its own header"


def without_folder(files):
    """An include "x.h" of a file beside hides config.h from view."""
    for path, text in files.items():
        for target in re.findall(r'^#\s*include\s*"([^/"]*)"', text, re.M):
            if target != "config.h":
                yield f'{path}: "{target}" has no folder'


def libraries(files):
    for path, text in files.items():
        own = own_includes(text)
        for target in INCLUDE.findall(text):
            if target in own:
                continue
            for pattern, modules in LIBRARIES.items():
                if re.fullmatch(pattern, target) and \
                        module(path) not in modules:
                    yield f"{path} includes <{target}>"


CHECKS = (
    ("every folder of shared/ is a floor", unknown_folders),
    ("no include points up", pointing_up),
    ("fcgi/ and commands/ include shared/ and their own header", from_above),
    ("modules form no circle", circles),
    ("a function is declared in the header of its own file",
     declared_elsewhere),
    ("an include of our own names its folder", without_folder),
    ("a library is included only in its own room", libraries),
)


def main():
    os.chdir(os.environ.get("PUSHCGI_SRC", "."))
    files = {path: read(path) for path in sources()}
    return report([(name, list(check(files))) for name, check in CHECKS])


if __name__ == "__main__":
    sys.exit(main())
