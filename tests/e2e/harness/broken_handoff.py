# SPDX-License-Identifier: MIT
"""What can be wrong with an Apache that hands clients off, each in a virtual host
of its own; see breakages.py."""

from harness import process
from harness.breakages import HOST, Breakage, Broken, edited
from harness.handoff import SECRET, ApacheHandoff
from harness.site import adapt, build

DEFINE = "Define pushcgi_virtual_host"
BREAKAGES = (
    Breakage(
        "the port of the virtual host is another one",
        "pushcgi_handoff_port is not the port",
        'Define pushcgi_handoff_port "',
        edits=((r'(Define pushcgi_handoff_port ")[^"]*', r"\g<1>1"),),
    ),
    Breakage(
        "Apache has another secret",
        "does not show the secret",
        "systemctl restart apache2",
        edits=((r"(?m)\$\{pushcgi_handoff_secret\}$", "another"),),
    ),
    Breakage(
        "the programs have no secret",
        "have no secret by which they know Apache",
        "secret_file = ",
        edits=((r"pushcgi-(sse|stream|iframe|longpoll|jsonp) Require", r"secretless Require"),),
    ),
    Breakage(
        "Apache does not tell the port",
        "does not tell the program which connection",
        "PUSHCGI_HANDOFF_PORT=",
        edits=((r"(?m)^.*PUSHCGI_HANDOFF_PORT=.*$", ""),),
    ),
    Breakage(
        "the program does not run",
        "cannot ask the program",
        "systemctl enable --now pushcgi-handoff@",
        edits=((r"pushcgi-(sse|stream|iframe|longpoll|jsonp) Require", r"nobody Require"),),
    ),
    Breakage(
        "streams have no length",
        "Content-Length of a stream does not reach",
        "Header set Content-Length",
        edits=((r"(?m)^\tHeader set Content-Length .*$", ""),),
    ),
    Breakage(
        "TLS ends in Apache",
        "TLS ends in Apache",
        "a2disconf pushcgi-handoff",
        "SetEnvIf Request_URI ^ HTTPS=on",
    ),
)


class BrokenHandoff(Broken, ApacheHandoff):
    breakages = BREAKAGES

    def shipped(self):
        """Of the main server: whom its virtual hosts can ask."""
        asked = {f"pushcgi-{name}": port for name, port in self.ports.items()}
        asked["nobody"] = process.free_port()
        asked["secretless"] = self.secretless = process.free_port()
        path = self.own("asked.conf")
        with open(path, "w") as out:
            for name, port in asked.items():
                out.write(
                    f"AuthnzFcgiDefineProvider authn {name}"
                    f' "fcgi://127.0.0.1:{port}/"\n'
                )
        return path

    def start(self):
        super().start()
        started = process.Process(
            [
                build("fcgi", "sse.fcgi"),
                *("--handoff", f"unix:{self.own('secretless.sock')}"),
                *("--authorizer", f"tcp:127.0.0.1:{self.secretless}"),
            ],
            self.own("secretless.log"),
            {**self.env, "PUSHCGI_HANDOFF_SECRET": ""},
        )
        self.programs["secretless"] = started
        started.wait_for(("127.0.0.1", self.secretless))

    def directives(self):
        self.take_ports()
        with open(self.own("secret.conf"), "w") as out:
            out.write(f'Define pushcgi_handoff_secret "{SECRET}"\n')
        return "".join(
            self.host(number, breakage)
            for number, breakage in enumerate(self.hosts)
        )

    def host(self, number, breakage):
        """With pushcgi-proxy.conf for what is not handed off."""
        port = self.host_ports[number]
        proxy = adapt(
            build("deploy", "apache", "pushcgi-proxy.conf"),
            self.folder,
            "Define NAME ",
            pushcgi_client=self.own("client"),
            **self.variables(),
        )
        handoff = adapt(
            build("deploy", "apache", "pushcgi-handoff.conf"),
            self.folder,
            "Define NAME ",
            pushcgi_client=self.own("client"),
            pushcgi_handoff_port=str(port),
            pushcgi_handoff_sockets=self.own("handoff"),
            pushcgi_handoff_secret_file=self.own("secret.conf"),
        )
        copy = edited(handoff, breakage.edits, self.folder, number)
        includes = f'Include "{proxy}"\n\t{DEFINE}\n\tInclude "{copy}"'
        return HOST.format(
            port=port,
            folder=self.folder,
            includes=includes,
            lines=breakage.lines.format(folder=self.folder),
        )
