# SPDX-License-Identifier: MIT
"""What several attacks need: many at once, in threads or in processes, and
requests that no HTTP library would send."""

import collections
import json
import multiprocessing
import signal
import socket
import threading

from harness.check import WAIT, Failed


def at_once(count, work, *arguments):
    """The results of work(number, ...), so many times in threads. An attack
    that hangs does not keep the test from ending."""
    results, failures = [None] * count, []

    def call(number):
        try:
            results[number] = work(number, *arguments)
        except Exception as why:
            failures.append(why)

    threads = [
        threading.Thread(target=call, args=(n,), daemon=True)
        for n in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return results


def in_processes(count, work, *arguments):
    """The same in processes. A result must be something for JSON."""
    context, started = multiprocessing.get_context("fork"), []

    def call(pipe, number):
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        try:
            pipe.send(json.dumps(work(number, *arguments)))
        except Exception as why:
            pipe.send(f"failed: {why!r}")

    for number in range(count):
        pipe, other = context.Pipe()
        process = context.Process(
            target=call, args=(other, number), daemon=True
        )
        process.start()
        other.close()
        started.append((pipe, process))
    said = [pipe.recv() for pipe, _ in started]
    for _, process in started:
        process.join()
    for one in said:
        if one.startswith("failed"):
            raise Failed(one)
    return [json.loads(one) for one in said]


def connect(address):
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    one = socket.socket(family)
    one.settimeout(WAIT)
    if isinstance(address, int):
        address = "127.0.0.1", address
    one.connect(address)
    return one


def head(target, *fields, method="GET"):
    lines = (f"{method} {target} HTTP/1.1", "Host: localhost", *fields)
    return "\r\n".join((*lines, "", "")).encode("latin-1")


def all_of(one):
    """What comes until the end."""
    out = b""
    while True:
        try:
            data = one.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            return out
        out += data


def status_of(answer):
    """Of an HTTP response, 0 for none."""
    words = answer.split(b" ", 2)
    return int(words[1]) if answer.startswith(b"HTTP/1.1 ") else 0


def status_of_cgi(answer):
    """Of the records of a response; 0 for none."""
    at = answer.find(b"Status: ")
    return int(answer[at + 8 : at + 11]) if at >= 0 else 0


def exchange(address, data, shut=False):
    """The answer: whole, or what came of one that is held. `shut`: nothing
    follows."""
    with connect(address) as one:
        try:
            one.sendall(data)
            if shut:
                one.shutdown(socket.SHUT_WR)
        except ConnectionError:
            pass
        out = b""
        while not (answers(out) or status_of_cgi(out) == 200):
            try:
                more = one.recv(65536)
            except ConnectionError:
                more = b""
            if not more:
                break
            out += more
        return out


def answers(out):
    """It is a success, or a whole refusal."""
    headers, found, body = out.partition(b"\r\n\r\n")
    if not found or status_of(out) in (200, 201):
        return bool(found and status_of(out))
    size = headers.lower().partition(b"\r\ncontent-length: ")[2]
    return bool(size) and len(body) >= int(size.split(b"\r\n")[0])


def counted(values):
    """What was got, and how often: '30 × 200'."""
    return ", ".join(
        f"{count:,} × {value}"
        for value, count in collections.Counter(values).most_common()
    )
