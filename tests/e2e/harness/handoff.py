# SPDX-License-Identifier: MIT
"""Apache that hands its clients over to the programs: mod_proxy_fdpass, asked
before by mod_authnz_fcgi."""

import os
import shutil
import socket

from harness import fastcgi, process
from harness.apache import Apache, ApacheProxy
from harness.check import Failed
from harness.site import HOLDING, USER, adapt, build
from harness.stage import Responder

SECRET = "0123456789abcdef0123456789abcdef"
# Few, so that a subscriber who took one would be noticed.
TEN_THREADS = """
<IfModule mpm_event_module>
	ServerLimit 1
	StartServers 1
	ThreadLimit 10
	ThreadsPerChild 10
	MaxRequestWorkers 10
	MinSpareThreads 1
	MaxSpareThreads 10
</IfModule>
"""


class ApacheHandoff(ApacheProxy):
    """With pushcgi-proxy.conf for what is not handed off. `defines` are the
    lines before the shipped file; `nofile` is of the programs."""

    modules = (
        *("proxy", "proxy_fcgi", "proxy_fdpass", "authnz_fcgi", "headers"),
        *("authn_core", "authn_file", "auth_basic"),
        *("authz_host", "authz_user"),
    )

    def __init__(
        self, folder, settings, defines="", proxy_first=False, **options
    ):
        self.defines, self.proxy_first = defines, proxy_first
        self.nofile = options.pop("nofile", None)
        self.ports = {name: process.free_port() for name in HOLDING}
        super().__init__(
            folder, {"handoff.secret": SECRET, **settings}, **options
        )

    def shipped(self):
        secret = self.own("handoff-secret.conf")
        with open(secret, "w") as out:
            os.chmod(secret, 0o600)
            out.write(f'Define pushcgi_handoff_secret "{SECRET}"\n')
        handoff = adapt(
            build("deploy", "apache", "pushcgi-handoff.conf"),
            self.folder,
            "Define NAME ",
            pushcgi_handoff_port=str(self.port),
            pushcgi_handoff_sockets=self.own("handoff"),
            pushcgi_handoff_secret_file=secret,
            pushcgi_client=self.own("client"),
            **{f"pushcgi_handoff_{n}": str(p) for n, p in self.ports.items()},
        )
        both = [f'{self.defines}\nInclude "{handoff}"\n']
        both.append(f'Include "{super().shipped()}"\n')
        path = self.own("both.conf")
        with open(path, "w") as out:
            out.write("".join(both[::-1] if self.proxy_first else both))
        return path

    def descriptor_socket(self, name):
        return self.own("handoff", f"{name}.sock")

    def start(self):
        os.mkdir(self.own("handoff"))
        super().start()

    def start_apache(self):
        """Once more, with the programs that run."""
        Apache.start(self)

    def start_program(self, name):
        """The two sockets, as systemd makes them, are Apache's alone and
        everybody's."""
        if name not in HOLDING:
            super().start_program(name)
            return
        path = self.descriptor_socket(name)
        started = process.Process(
            [
                build("fcgi", f"{name}.fcgi"),
                *("--handoff", f"unix:{path}"),
                *("--authorizer", f"tcp:127.0.0.1:{self.ports[name]}"),
            ],
            self.own(f"{name}.log"),
            self.env,
            self.nofile,
        )
        started.wait_for(path)
        started.wait_for(("127.0.0.1", self.ports[name]))
        if os.geteuid() == 0:
            shutil.chown(path, USER, USER)
        self.programs[name] = started


# --- in Apache's place ----------------------------------------------------------

AUTHORIZER = 2  # role


def environment(query, peer, port, **more):
    """What Apache tells of a request; None leaves a variable out."""
    values = fastcgi.environment(query, **more)
    for name in ("SCRIPT_NAME", "CONTENT_LENGTH"):
        del values[name]
    values |= {
        "FCGI_ROLE": "AUTHORIZER",
        "FCGI_APACHE_ROLE": "AUTHENTICATOR",
        "REMOTE_ADDR": peer[0],
        "REMOTE_PORT": str(peer[1]),
        "PUSHCGI_HANDOFF_PEER": peer[0],
        "PUSHCGI_HANDOFF_PORT": str(port),
        "PUSHCGI_HANDOFF_SECRET": SECRET,
    }
    values |= {k: v for k, v in more.items() if k.isupper()}
    return {k: v for k, v in values.items() if v is not None}


class Client:
    """A connection of a client, and the other end of it."""

    def __init__(self, listening, place=("127.0.0.1", 0)):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(place)
        self.socket.connect(listening.getsockname())
        self.socket.settimeout(20)
        self.accepted = listening.accept()[0]
        self.peer = self.socket.getsockname()
        self.got = b""

    def has(self, text):
        while text.encode() not in self.got:
            data = self.socket.recv(65536)
            if not data:
                raise Failed(f"the end, after {self.got!r}")
            self.got += data
        return self.got.decode()

    def ended(self):
        """Waits for the end; what came."""
        try:
            while data := self.socket.recv(65536):
                self.got += data
        except ConnectionResetError:
            pass
        return self.got.decode()

    def close(self):
        self.socket.close()
        self.accepted.close()


class Program(Responder):
    """A program whose sockets the test uses, as Apache would."""

    def __init__(self, program, folder, settings, **options):
        self.path = os.path.join(folder, f"handoff-{program}.sock")
        self.port = process.free_port()
        self.listening = socket.create_server(("127.0.0.1", 0))
        settings = {"handoff.secret": SECRET, **settings}
        super().__init__(
            program,
            folder,
            settings,
            more=(
                *("--handoff", f"unix:{self.path}"),
                *("--authorizer", f"tcp:127.0.0.1:{self.port}"),
            ),
            **options,
        )
        self.process.wait_for(("127.0.0.1", self.port))
        self.process.wait_for(self.path)
        self.clients = []

    def close(self):
        for client in self.clients:
            client.close()
        self.listening.close()
        super().close()

    def client(self):
        self.clients.append(Client(self.listening))
        return self.clients[-1]

    def ask(self, client, query, **more):
        """The authorizer's response; `more` are changed variables."""
        port = self.listening.getsockname()[1]
        values = environment(query, client.peer, port, **more)
        connection = fastcgi.Connection(("127.0.0.1", self.port))
        try:
            connection.send(
                fastcgi.begin(1, AUTHORIZER)
                + fastcgi.stream(fastcgi.PARAMS, 1, fastcgi.pairs(values))
            )
            return connection.response()
        finally:
            connection.close()

    def hand(self, passed, data=b"\0"):
        """Passes a descriptor, or some; Apache keeps none of it."""
        if not isinstance(passed, list):
            passed = [passed]
        with socket.socket(socket.AF_UNIX) as to:
            to.connect(self.path)
            fds = [one.fileno() for one in passed]
            if fds:
                socket.send_fds(to, [data], fds)
            elif data:
                to.sendall(data)
        for one in passed:
            one.close()
