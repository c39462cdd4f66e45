#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every code sample of the pages is run by a test: prints TAP.

The pages are README.md and doc/**/*.md. A fenced block whose language is named
is a sample, and a test of tests/e2e or tests/package takes it by
sample(PAGE, LANGUAGE, WORD), see tests/e2e/harness/samples.py. A block without
a language shows output or a layout, and is not run."""
import ast
import glob
import os
import sys

from tap import report

os.environ["PUSHCGI_SRC"] = os.path.abspath(os.environ.get("PUSHCGI_SRC", "."))
os.chdir(os.environ["PUSHCGI_SRC"])
sys.path.insert(0, "tests/e2e")
sys.dont_write_bytecode = True
from harness.samples import blocks  # noqa: E402


def pages():
    return ["README.md", *sorted(glob.glob("doc/**/*.md", recursive=True))]


def samples():
    """Page, line, language and code of each; and the lines that are set off
    by a tab, which Markdown takes for code without a language."""
    found, tabs = [], []
    for page in pages():
        with open(page, encoding="utf-8") as opened:
            text = opened.read()
        rest = text
        for start, language, code in blocks(text):
            line = text.count("\n", 0, start) + 1
            if language:
                found.append((page, line, language, code))
            rest = rest.replace(code, "")
        tabs += [f"{page}: {line}" for line in rest.splitlines()
                 if line.startswith("\t")]
    return found, tabs


def constants(tree):
    """NAME = "text" of a module."""
    return {node.targets[0].id: node.value.value for node in tree.body
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Constant)}


def calls():
    """Where sample() is called, and its arguments."""
    for path in sorted(glob.glob("tests/e2e/**/*.py", recursive=True)
                       + glob.glob("tests/package/**/*.py", recursive=True)):
        with open(path, encoding="utf-8") as opened:
            tree = ast.parse(opened.read())
        known = constants(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and \
                    getattr(node.func, "id", "") == "sample":
                yield f"{path}:{node.lineno}", tuple(
                    known.get(a.id) if isinstance(a, ast.Name)
                    else getattr(a, "value", None) for a in node.args)


def main():
    found, tabs = samples()
    taken, wrong = set(), []
    for where, words in calls():
        if len(words) != 3 or not all(isinstance(w, str) for w in words):
            wrong.append(f"{where}: the arguments are not three literals")
            continue
        page, language, word = words
        matches = [s for s in found
                   if s[0] == page and s[2] == language and word in s[3]]
        if len(matches) == 1:
            taken.add(matches[0])
        else:
            wrong.append(f"{where}: {page} has {len(matches)} samples of "
                         f"{language} with {word!r}")
    checks = (
        ("a test takes each code sample",
         [f"{page}:{line}: no test takes this sample of {language}"
          for page, line, language, code in found
          if (page, line, language, code) not in taken]),
        ("what a test takes is there, once", wrong),
        ("code is fenced", tabs),
    )
    return report(checks)


if __name__ == "__main__":
    sys.exit(main())
