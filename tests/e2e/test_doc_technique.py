# SPDX-License-Identifier: MIT
"""The example of doc/adding-a-technique.md, built with the build folder's
compiler, options and libraries."""

import os
import subprocess

import pytest

from harness.process import clean_environment
from harness.samples import sample
from harness.site import build, source

pytestmark = [pytest.mark.needs("make")]

PAGE = "doc/adding-a-technique.md"
TECHNIQUE = sample(PAGE, "c", "struct technique technique_count = {")
DECLARATION = sample(PAGE, "c", "extern")
PROGRAM = sample(PAGE, "make", "count.fcgi")
TEST = sample(PAGE, "c", "TEST(")
RUN = sample(PAGE, "sh", "fcgi/count.fcgi")
RULES = """
show: tests/unit/libsuite.a libtechniques.a libshared.a
	@echo '$(COMPILE)'
	@echo '$(LINK:-o $@=)' -o
	@echo '$(unit_libs) $(LIBS)'
"""


def run(code, cwd, **settings):
    done = subprocess.run(
        ["bash", "-e", "-c", code],
        cwd=cwd,
        env={
            **{
                name: value
                for name, value in clean_environment(settings).items()
                if not name.startswith("MAKE")
            },
            "CK_TAP_LOG_FILE_NAME": "-",
        },
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, f"{code}\n{done.stdout}{done.stderr}"
    return done.stdout


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)


def built(tree):
    """fcgi/count.fcgi and tests/unit/test_count, of the files in `tree`."""
    with open(source("fcgi", "techniques.h"), encoding="utf-8") as header:
        text = header.read().replace("\n#endif", f"{DECLARATION}\n#endif")
    write(f"{tree}/fcgi/techniques.h", text)
    write(f"{tree}/fcgi/count.c", TECHNIQUE)
    write(f"{tree}/tests/unit/test_count.c", TEST)
    write(f"{tree}/show.mk", f"include Makefile\n{RULES}")
    made = run(f"make -s -f {tree}/show.mk show", build()).splitlines()
    compiler, linker, libraries = made[-3:]
    compiler = compiler.replace(" -I. ", f" -I{tree} -I. ", 1)
    count, main = f"{tree}/count.o", f"{tree}/main.o"
    run(
        f"{compiler} -c -o {count} {tree}/fcgi/count.c\n"
        f"{compiler} -DTECHNIQUE=technique_count"
        f" -c -o {main} {source('fcgi', 'main.c')}\n"
        f"{linker} {tree}/fcgi/count.fcgi {main} {count} {libraries}\n"
        f"{compiler} -c -o {tree}/test.o {tree}/tests/unit/test_count.c\n"
        f"{linker} {tree}/tests/unit/test_count {tree}/test.o {count}"
        f" {libraries}\n",
        build(),
    )


def test_the_example_counts_messages(stage, redis, channel):
    tree = stage.sub("tree")
    built(tree)
    packages, configure, test, *program = RUN.splitlines(True)
    assert packages.split("#")[0].split() == ["apt-get", "install", "check"]
    assert configure == "autoreconf -i && ./configure && make\n"
    make, test = test.split(" && ")
    assert make.split() == ["make", test.strip()]
    assert "not ok" not in run(f"PUSHCGI_SRC={source()} {test}", tree)
    command = stage.command(redis)
    command.publish(channel, "one")
    command.publish(channel, "two")
    code = "".join(program).replace("channel=news", f"channel={channel}")
    assert run(code, tree, **command.settings).endswith("\n2\n")


def test_the_lines_for_make_are_those_of_another_technique():
    with open(source("fcgi", "fcgi.am"), encoding="utf-8") as rules:
        assert PROGRAM.replace("count", "sse") in rules.read()
