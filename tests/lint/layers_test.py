#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""layers.py finds what it is there to find: prints TAP.

Each test puts one fault into a copy of the tree and wants the line that
layers.py prints about it, which it must not print about the tree itself."""
import os
import shutil
import subprocess
import sys
import tempfile

SOURCE = os.path.abspath(os.environ.get("PUSHCGI_SRC", "."))
LINT = os.path.join(SOURCE, "tests", "lint", "layers.py")
FOLDERS = ("shared", "fcgi", "commands")

# name, files to add, the line
FAULTS = [
    ("an include that points up",
     {"shared/base/fault.c": '#include "shared/app/fault.h"\n',
      "shared/app/fault.h": ""},
     "shared/base/fault.c includes shared/app/fault.h, which is above it"),
    ("shared/ that includes a technique",
     {"shared/app/fault.c": '#include "fcgi/fault.h"\n',
      "fcgi/fault.h": ""},
     "shared/app/fault.c includes fcgi/fault.h, which is above it"),
    ("a technique that includes another",
     {"fcgi/fault.c": '#include "fcgi/other.h"\n', "fcgi/other.h": ""},
     "fcgi/fault.c includes fcgi/other.h"),
    ("two headers that include each other",
     {"shared/hub/fault.h": '#include "shared/hub/other.h"\n',
      "shared/hub/other.h": '#include "shared/hub/fault.h"\n'},
     "circle: shared/hub/fault -> shared/hub/other"),
    ("a circle of three modules through a .c file",
     {"shared/net/fault.h": '#include "shared/net/other.h"\n',
      "shared/net/other.c": '#include "shared/net/third.h"\n',
      "shared/net/other.h": "",
      "shared/net/third.h": '#include "shared/net/fault.h"\n'},
     "circle: shared/net/fault -> shared/net/other -> shared/net/third"),
    ("a function declared in another header",
     {"shared/base/fault.c": '#include "shared/base/other.h"\n\n'
                             "int\nfault_open(void)\n{\n\treturn 0;\n}\n",
      "shared/base/fault.h": "",
      "shared/base/other.h": "int fault_open(void);\n"},
     "shared/base/fault.c: fault_open() is not declared in its own header"),
    ("a folder that is no floor",
     {"shared/util/fault.h": ""},
     "shared/util/fault.h: util is not in FLOORS"),
    ("an include without a folder",
     {"shared/base/fault.c": '#include "fault.h"\n',
      "shared/base/fault.h": ""},
     'shared/base/fault.c: "fault.h" has no folder'),
    ("an include of a file that does not exist",
     {"shared/base/fault.c": '#include "shared/base/absent.h"\n'},
     "shared/base/fault.c: shared/base/absent.h does not exist"),
]
FAULTS += [
    (f"<{header}> outside its room",
     {"shared/base/fault.c": f"#include <{header}>\n"},
     f"shared/base/fault.c includes <{header}>")
    for header in ("hiredis/hiredis.h", "fcgiapp.h", "fastcgi.h", "ini.h",
                   "jansson.h", "wslay/wslay.h", "zlib.h", "openssl/sha.h",
                   "jwt.h", "ev.h")
]


def lint(tree):
    """What layers.py prints about the tree, and its exit status."""
    done = subprocess.run(
        ["/usr/bin/python3", "-B", LINT], check=False, text=True,
        env=os.environ | {"PUSHCGI_SRC": tree},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout, done.returncode


def copy_tree(tree):
    for folder in FOLDERS:
        shutil.copytree(
            os.path.join(SOURCE, folder), os.path.join(tree, folder),
            ignore=lambda _, names: [n for n in names if n.endswith(".o")],
            copy_function=shutil.copyfile)
    for folder, _, _ in os.walk(tree):  # the source may be read-only
        os.chmod(folder, 0o755)


def add(tree, files):
    """Returns what must be removed again."""
    made = []
    for path, text in files.items():
        path = os.path.join(tree, path)
        if not os.path.isdir(os.path.dirname(path)):
            os.mkdir(os.path.dirname(path))
            made.append(os.path.dirname(path))
        with open(path, "x", encoding="utf-8") as f:
            f.write(text)
        made.append(path)
    return made


def remove(made):
    for path in reversed(made):
        if os.path.isdir(path):
            os.rmdir(path)
        else:
            os.unlink(path)


def main():
    failures = 0
    print(f"1..{len(FAULTS)}")
    with tempfile.TemporaryDirectory() as tree:
        copy_tree(tree)
        clean, _ = lint(tree)
        for number, (name, files, line) in enumerate(FAULTS, 1):
            made = add(tree, files)
            said, status = lint(tree)
            remove(made)
            found = f"# {line}\n" in said and status == 1
            if found and f"# {line}\n" not in clean:
                print(f"ok {number} - finds {name}", flush=True)
                continue
            failures += 1
            print(f"not ok {number} - finds {name}")
            print(f"# no such line: {line}; it exits with {status}")
            print("".join(f"# {text}\n" for text in said.splitlines()),
                  end="", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
