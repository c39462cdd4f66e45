# SPDX-License-Identifier: MIT
"""Programs, started and stopped by process id."""

import ctypes
import os
import random
import re
import resource
import signal
import socket
import subprocess

from harness.check import Failed, until

CRASHES = (
    signal.SIGABRT,
    signal.SIGSEGV,
    signal.SIGBUS,
    signal.SIGFPE,
    signal.SIGILL,
    signal.SIGPIPE,
)
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def clean_environment(settings=None):
    """The environment of a program, with only `settings` of PUSHCGI_*."""
    env = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith("PUSHCGI_") and k != "GATEWAY_INTERFACE"
    }
    # As root, the tests look at programs anyway.
    if os.geteuid() != 0:
        env["PUSHCGI_PROCESS_PRIVATE_MEMORY"] = "no"
    for name, value in (settings or {}).items():
        env["PUSHCGI_" + name.upper().replace(".", "_")] = str(value)
    return env


RESERVED = []  # one a port, as long as this process lives


def free_port():
    """A port below those of outgoing connections. A Unix socket named after it
    reserves it against other workers while its server is not listening."""
    while True:
        port = random.randrange(15000, 32000)
        name = socket.socket(socket.AF_UNIX)
        try:
            name.bind(f"\0pushcgi-test-port-{port}")
            with socket.socket() as s:
                s.bind(("127.0.0.1", port))
        except OSError:
            name.close()
            continue
        RESERVED.append(name)
        return port


def accepts(address):
    """Is the address, a path or (host, port), listened on?"""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family) as s:
        s.settimeout(5)
        try:
            s.connect(address)
        except OSError:
            return False
    return True


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            return [int(word) for word in f.read().split()]
    except OSError:
        return []


def is_child(pid):
    return pid in children(os.getpid())


def descendants(pid, but=()):
    """All processes below it, but for some and those below them."""
    found = [child for child in children(pid) if child not in but]
    for child in found:
        found += [c for c in children(child) if c not in but]
    return found


def kill_all(pids):
    """Kills and reaps; a process may be gone, or the child of another."""
    pids = list(pids)
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    for pid in pids:
        try:
            os.waitpid(pid, 0)
        except ChildProcessError:
            pass


def private_kb(pid):
    """Memory that is the process's own, in KB: what it has written. A page of
    a file that only it has read is the kernel's, and shared as soon as another
    reads it; of a file that was just copied it is dirty, too."""

    def of_mappings(name):
        return map(int, re.findall(rf"(?m)^{name}:\s*(\d+) kB", text))

    with open(f"/proc/{pid}/smaps") as f:
        text = f.read()
    return sum(map(min, of_mappings("Private_Dirty"), of_mappings("Anonymous")))


PF_EXITING = 4


def running(pid):
    """It exists, is not a zombie, and is not ending."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            fields = f.read().rpartition(")")[2].split()
    except OSError:
        return False
    return (
        fields[0] != "Z"
        and not int(fields[6]) & PF_EXITING
        and not signal_is_in(pid, "SigPnd", signal.SIGKILL)
    )


def command_line(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            return f.read().decode(errors="replace").split("\0")[:-1]
    except OSError:
        return []


def signal_is_in(pid, mask, number):
    try:
        with open(f"/proc/{pid}/status") as f:
            bits = re.search(rf"(?m)^{mask}:\s*([0-9a-f]+)", f.read())
    except OSError:
        return False
    return bool(int(bits[1], 16) >> (number - 1) & 1)


def catches(pid, number):
    """Does the process handle that signal?"""
    return signal_is_in(pid, "SigCgt", number)


def ignores(pid, number):
    return signal_is_in(pid, "SigIgn", number)


def sockets(pid):
    """How many of them are sockets."""
    count = 0
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{fd}")
        except OSError:
            continue
        count += target.startswith("socket:")
    return count


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


MARKS = {}  # of logs, by path: where the part of the present test begins


def mark_log(path):
    MARKS[path] = os.path.getsize(path)


def read_log(path):
    """What the present test had logged."""
    try:
        with open(path, "rb") as f:
            f.seek(MARKS.get(path, 0))
            return f.read().decode(errors="replace")
    except OSError:
        return ""


class Process:
    def __init__(self, arguments, log, env=None, nofile=None, **options):
        def prepare():
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if nofile:
                resource.setrlimit(resource.RLIMIT_NOFILE, (nofile, nofile))

        self.name = os.path.basename(arguments[0])
        self.log = log
        with open(log, "ab") as out:
            options.setdefault("stdin", subprocess.DEVNULL)
            options.setdefault("stdout", out)
            self.popen = subprocess.Popen(
                arguments, stderr=out, env=env, preexec_fn=prepare, **options
            )
        self.pid = self.popen.pid

    def alive(self):
        return self.popen.poll() is None

    def wait_for(self, address):
        """Waits until it listens; fails at once if it has ended."""

        def listening():
            if not self.alive():
                raise Failed(
                    f"{self.name} ended with {self.popen.returncode}:"
                    f" {self.tail(5)}"
                )
            return accepts(address)

        until(listening, f"{self.name} listening at {address}")

    def signal(self, number):
        if self.alive():
            self.popen.send_signal(number)

    def wait(self, seconds):
        try:
            return self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.name} did not end in {seconds} s") from None

    def stop(self, seconds=60):
        """SIGTERM, and SIGKILL if it hangs."""
        self.signal(signal.SIGTERM)
        try:
            return self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            return self.kill()

    def check(self):
        """Fails if it was ended by a signal of a crash."""
        if -self.popen.returncode in CRASHES:
            raise Failed(
                f"{self.name} died of signal "
                f"{-self.popen.returncode}: {self.tail()}"
            )

    def kill(self):
        self.signal(signal.SIGKILL)
        return self.popen.wait()

    def output(self):
        return read_log(self.log)

    def tail(self, lines=12):
        return "\n".join(self.output().splitlines()[-lines:])
