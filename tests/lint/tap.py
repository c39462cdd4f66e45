# SPDX-License-Identifier: MIT
"""How a lint says what it found: TAP, a test for each of its checks."""


def report(checks):
    """`checks`: a name and its problems each. Returns the exit status."""
    failed = False
    print(f"1..{len(checks)}")
    for number, (name, problems) in enumerate(checks, 1):
        failed = failed or bool(problems)
        print(f"{'not ' if problems else ''}ok {number} - {name}")
        for problem in problems:
            print(f"# {problem}")
    return 1 if failed else 0
