# SPDX-License-Identifier: MIT
"""The servers a run needs, private to it and in its temporary directory."""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import time

import meter

START_S = 10
STOP_S = 15


class Missing(Exception):
    """Something a run needs is not there; the sentence says what."""


def need(program):
    """The path of a program that is installed."""
    path = shutil.which(program, path=os.environ.get("PATH", "") +
                        ":/usr/sbin:/usr/local/sbin")
    if not path:
        raise Missing(f"{program} is not installed")
    return path


def descriptors(subscribers):
    """What a web server gets: two a subscriber, and as it stops accepting at 90 %
    of it, a quarter more."""
    return (2 * subscribers + 500) * 5 // 4


def free_port():
    """A port of 127.0.0.1 nobody listens on just now."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def answers(port):
    """Whether somebody listens on a port of 127.0.0.1."""
    with socket.socket() as s:
        s.settimeout(1)
        try:
            s.connect(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Server:
    """One process in the foreground, with its log in the directory."""

    def __init__(self, directory, name, argv, port, env=None):
        self.log = os.path.join(directory, name + ".log")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=directory, env=env)
        self.pid = self.process.pid
        end = time.monotonic() + START_S
        while not answers(port):
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise Missing(f"{name} does not start: {self.last_lines()}")
            time.sleep(0.05)

    def last_lines(self):
        """The end of what the server has said."""
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()[-2000:].strip()

    def stop(self):
        """Ends the process and what it started."""
        below = meter.children_of(self.pid)
        for sig in (signal.SIGTERM, signal.SIGKILL):
            if self.process.poll() is None:
                self.process.send_signal(sig)
                try:
                    self.process.wait(STOP_S)
                except subprocess.TimeoutExpired:
                    continue
        for pid in below:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


class Redis(Server):
    """Redis, keeping nothing on disk. On TCP for everybody, as Nchan knows no
    unix socket and Redis's CPU time is compared."""

    def __init__(self, directory):
        port = free_port()
        self.url = f"redis://127.0.0.1:{port}/0"
        super().__init__(directory, "redis", [
            need("redis-server"), "--bind", "127.0.0.1", "--port", str(port),
            "--save", "", "--appendonly", "no", "--dir", directory], port)
        self.port = port

    def has_run(self, command):
        """Whether somebody did: to see that messages go through it."""
        text = b""
        with socket.create_connection(("127.0.0.1", self.port), 5) as s:
            s.sendall(b"INFO commandstats\r\nQUIT\r\n")
            while piece := s.recv(65536):
                text += piece
        return f"cmdstat_{command}".encode() in text


NGINX = """\
daemon off;
load_module {module};
worker_processes 1;
worker_rlimit_nofile {fds};
pid {directory}/nginx.pid;
error_log {directory}/nginx.log warn;
{user}
events {{ worker_connections {fds}; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    keepalive_requests 100000;
    nchan_shared_memory_size 256M;
    upstream redis {{ nchan_redis_server {redis}; }}
    nchan_message_buffer_length {keep};
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        location = /pub {{
            nchan_publisher;
            nchan_deflate_message_for_websocket {deflate};
            nchan_redis_pass redis;
            nchan_channel_id $arg_id;
        }}
        location = /sub {{
            nchan_subscriber eventsource;
            nchan_redis_pass redis;
            nchan_subscriber_first_message newest;
            nchan_channel_id $arg_id;
        }}
        location = /sub2 {{
            nchan_subscriber eventsource;
            nchan_redis_pass redis;
            nchan_subscriber_first_message newest;
            nchan_channel_id $arg_id $arg_own;
        }}
        location = /ws {{
            nchan_subscriber websocket;
            nchan_redis_pass redis;
            nchan_subscriber_first_message newest;
            nchan_channel_id $arg_id;
        }}
    }}
}}
"""


class Nchan(Server):
    """nginx with Nchan, its messages in Redis."""

    def __init__(self, directory, redis, plan, way):
        if not os.path.exists(plan.nchan):
            raise Missing("libnginx-mod-nchan is not installed")
        self.port = free_port()
        conf = os.path.join(directory, "nginx.conf")
        with open(conf, "w", encoding="utf-8") as f:
            f.write(NGINX.format(
                module=plan.nchan, deflate="on" if way == "deflate" else "off",
                directory=directory, port=self.port,
                fds=descriptors(plan.subscribers), redis=redis.url,
                keep=plan.messages + 100,
                user="user root;" if os.geteuid() == 0 else ""))
        super().__init__(directory, "nginx", [
            need("nginx"), "-p", directory, "-c", conf], self.port)

        self.await_redis()

    def await_redis(self):
        """It answers 503 until it is connected, a moment after the start."""
        end = time.monotonic() + START_S
        while True:
            request = http.client.HTTPConnection("127.0.0.1", self.port)
            request.request("POST", "/pub?id=ready", "ready")
            status = request.getresponse().status
            request.close()
            if status < 300:
                return
            if time.monotonic() > end:
                self.stop()
                raise Missing(f"Nchan does not reach Redis: {status}")
            time.sleep(0.05)

    def roles(self):
        """All of it is the web server."""
        return {"server": [self.pid] + meter.children_of(self.pid),
                "responder": [], "publisher": []}


LIGHTTPD = """\
server.document-root = "{directory}"
server.bind = "127.0.0.1"
server.port = {port}
server.errorlog = "{directory}/lighttpd-error.log"
server.breakagelog = "{directory}/responders.log"
server.upload-dirs = ( "{directory}" )
{includes}
server.max-fds := {fds}
server.max-connections := {connections}
"""


class Ours(Server):
    """lighttpd with the files we ship, and the programs it starts."""

    def __init__(self, directory, redis, plan, way, settings=None):
        """`settings`: more variables of the environment."""
        self.port = free_port()
        fds = descriptors(plan.subscribers)
        shipped = ["pushcgi-spawn"] if way == "sse" else \
            ["pushcgi-spawn", "pushcgi-websocket-spawn"]
        includes = [f'include "{self.adapt(plan.build, directory, name)}"'
                    for name in shipped]
        conf = os.path.join(directory, "lighttpd.conf")
        with open(conf, "w", encoding="utf-8") as f:
            f.write(LIGHTTPD.format(
                directory=directory, port=self.port, fds=fds,
                connections=fds // 2, includes="\n".join(includes)))
        env = {name: value for name, value in os.environ.items()
               if not name.startswith("PUSHCGI_")}
        env.update(PUSHCGI_CONF=os.devnull, PUSHCGI_BUS_URL=redis.url,
                   PUSHCGI_HOLD_BUDGET_LIGHTTPD="0",
                   PUSHCGI_ACCESS_PUBLISH="loopback", **(settings or {}))
        super().__init__(directory, "lighttpd", [
            need("lighttpd"), "-D", "-f", conf], self.port, env)

    @staticmethod
    def adapt(build, directory, name):
        """A shipped file with its variables set: where the programs and the
        sockets are."""
        shipped = os.path.join(build, "deploy", "lighttpd", f"50-{name}.conf")
        if not os.path.exists(shipped):
            raise Missing(f"{shipped} is not built")
        with open(shipped, encoding="utf-8") as f:
            text = f.read()
        ours = name.removesuffix("-spawn").replace("-", "_")
        socket = f"{directory}/pushcgi-websocket.sock" \
            if "websocket" in name else f"{directory}/pushcgi-"
        for what, value in (("programs", os.path.join(build, "fcgi")),
                            ("sockets?", socket)):
            text, times = re.subn(f'(?m)^(var\\.{ours}_{what} := )".*"$',
                                  rf'\1"{value}"', text)
            if times != 1:
                raise Missing(f"{shipped} does not set {ours}_{what} once")
        path = os.path.join(directory, f"50-{name}.conf")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def roles(self):
        """lighttpd; publish.fcgi; the other programs."""
        below = meter.children_of(self.pid)
        publisher = [p for p in below
                     if meter.program_of(p) == "publish.fcgi"]
        return {"server": [self.pid], "publisher": publisher,
                "responder": [p for p in below if p not in publisher]}
