# SPDX-License-Identifier: MIT
"""On what it was measured: the machine, and versions of what took part."""

import os
import platform
import re
import shutil
import subprocess

VERSIONS = [  # of a program: what prints it
    ("lighttpd", ["lighttpd", "-v"]),
    ("Apache", ["apache2", "-v"]),
    ("nginx", ["nginx", "-v"]),
    ("Redis", ["redis-server", "--version"]),
    ("Pushpin", ["pushpin", "--version"]),
    ("Centrifugo", ["centrifugo", "version"]),
    ("PHP", ["php", "-v"]),
    ("Perl", ["perl", "-v"]),
]
PACKAGES = [("Nchan", "libnginx-mod-nchan"), ("mod_fcgid", "libapache2-mod-fcgid")]


def said(argv):
    """What a program prints; nothing if it is not there."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False,
                              env={**os.environ, "PATH": path}, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout + done.stderr


def processor():
    """Its name, and how many of them."""
    name = platform.machine()
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        for line in f:
            if line.startswith("model name"):
                name = line.split(":", 1)[1].strip()
                break
    return f"{os.cpu_count()} × {name}"


def memory():
    with open("/proc/meminfo", encoding="ascii") as f:
        kilobytes = int(f.readline().split()[1])
    return f"{kilobytes / 1024 / 1024:.0f} GB of memory"


def distribution():
    try:
        with open("/etc/os-release", encoding="utf-8") as f:
            found = re.search(r'(?m)^PRETTY_NAME="?([^"\n]*)', f.read())
    except FileNotFoundError:
        found = None
    return found[1] if found else platform.system()


def module_version(program):
    """Of a program in Go that does not know its own; it stands beside `go`."""
    path = shutil.which(program)
    found = re.search(r"(?m)^\s*mod\s+\S+\s+v(\S+)",
                      said(["go", "version", "-m", path])) if path else None
    return found[1] if found else ""


def versions():
    """NAME VERSION of all that are installed."""
    found = []
    for name, argv in VERSIONS:
        number = re.search(r"\d+(\.\d+)+", said(argv))
        if number and number[0] != "0.0.0":
            found.append(f"{name} {number[0]}")
        elif number:
            found.append(f"{name} {module_version(argv[0])}".strip())
    for name, package in PACKAGES:
        version = said(["dpkg-query", "-Wf", "${Version}", package])
        if re.match(r"[\d:]+\.", version):
            found.append(f"{name} {version}")
    return found


def kernel():
    """Its major and minor number: the rest says who built it."""
    return ".".join(platform.release().split(".")[:2])


def lines():
    """For people."""
    return [f"{processor()}, {memory()}, Linux {kernel()}, "
            f"{distribution()}",
            ", ".join(versions())]
