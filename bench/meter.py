# SPDX-License-Identifier: MIT
"""What processes have used: CPU time and memory of their own, from /proc."""

import os


def children_of(pid):
    """The process ids of all descendants of pid."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="ascii",
                          errors="replace") as f:
                    parents[int(name)] = int(f.read().rpartition(")")[2]
                                             .split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
    found, look = [], [pid]
    while look:
        parent = look.pop()
        below = [p for p, pp in parents.items() if pp == parent]
        found += below
        look += below
    return found


def program_of(pid):
    """The file name of the program a process runs."""
    return os.path.basename(os.readlink(f"/proc/{pid}/exe"))


def cpu_ns(pid):
    """CPU time of all threads, user and system, in ns."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat",
                  encoding="ascii") as f:
            total += int(f.read().split()[0])
    return total


def private_bytes(pid):
    """User memory that is the process's alone (no page cache, no kernel)."""
    total = 0
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
        for line in f:
            if line.startswith(("Private_Clean:", "Private_Dirty:")):
                total += int(line.split()[1]) * 1024
    return total


class Reading:
    """The meters of all processes of a server at one moment, by role."""

    def __init__(self, roles, redis_pid):
        self.cpu = {}
        self.memory = {}
        for role, pids in roles.items():
            self.cpu[role] = sum(cpu_ns(p) for p in pids)
            self.memory[role] = sum(private_bytes(p) for p in pids)
        self.cpu["redis"] = cpu_ns(redis_pid)

    def cpu_us_since(self, before, role):
        """CPU time of a role between two readings, in us."""
        return (self.cpu[role] - before.cpu[role]) / 1000

    def bytes_since(self, before, role):
        """Memory a role has taken between two readings."""
        return self.memory[role] - before.memory[role]
