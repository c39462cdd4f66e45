# SPDX-License-Identifier: MIT
"""What processes have used: CPU time and memory of their own, from /proc."""

import os
import resource


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


def runs(pid):
    """Whether it is on a CPU, or waits for one or for the disk."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
        return f.read().rpartition(")")[2].split()[0] in ("R", "D")


def waited_ns(pid):
    """CPU time of the children that have ended, in ns; by the kernel's ticks."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
        fields = f.read().rpartition(")")[2].split()
    ticks = int(fields[13]) + int(fields[14])
    return ticks * 1000000000 // os.sysconf("SC_CLK_TCK")


def pss_bytes(pid):
    """User memory, with its share of what several processes have."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
        for line in f:
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def kernel_bytes():
    """Memory of the kernel on this machine: slabs that are in use (sockets, files,
    what waits in sockets), stacks of threads, page tables; and the inode and the
    dentry of each socket, which it counts among what it could give back."""
    total = 0
    with open("/proc/meminfo", encoding="ascii") as f:
        for line in f:
            if line.startswith(("SUnreclaim:", "KernelStack:", "PageTables:")):
                total += int(line.split()[1]) * 1024
    with open("/proc/net/sockstat", encoding="ascii") as f:
        return total + int(f.readline().split()[2]) * 1024


def free_part():
    """How much of the machine's memory can be had, from 0 to 1."""
    with open("/proc/meminfo", encoding="ascii") as f:
        found = dict(line.split(":", 1) for line in f)
    return int(found["MemAvailable"].split()[0]) / \
        int(found["MemTotal"].split()[0])


def most_descriptors():
    """So many may a process have open."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return 1000000 if hard == resource.RLIM_INFINITY else hard


def raise_descriptors():
    """Lets this process, and those that it starts, have so many."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Snapshot:
    """What the processes of each role have used until now; those that ended since
    `roles` were found are left out."""

    def __init__(self, roles, memory=False):
        self.cpu_ns, self.pss = {}, {}
        for role, pids in roles.items():
            self.cpu_ns[role] = {p: ns for p in pids
                                 if (ns := self.read(self.cpu_of, p)) is not None}
            self.pss[role] = sum(self.read(pss_bytes, p) or 0
                                 for p in pids) if memory else 0
        self.kernel = kernel_bytes() if memory else 0

    @staticmethod
    def cpu_of(pid):
        return cpu_ns(pid) + waited_ns(pid)

    @staticmethod
    def read(what, pid):
        try:
            return what(pid)
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            return None

    def cpu_us_since(self, before, role):
        """Of a process that is new since, all it has used."""
        old = before.cpu_ns.get(role, {})
        return sum(ns - old.get(pid, 0)
                   for pid, ns in self.cpu_ns.get(role, {}).items()) / 1000

    def pss_since(self, before):
        """Bytes, of all roles together."""
        return sum(self.pss.values()) - sum(before.pss.values())
