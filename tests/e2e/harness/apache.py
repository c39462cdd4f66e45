# SPDX-License-Identifier: MIT
"""Debian's Apache with the shipped files, on a free port.

Started by root it runs as www-data, which may be unable to enter the build
folder: programs are copied."""

import os
import shutil
import signal

from harness import process
from harness.check import Failed, until
from harness.site import PROGRAMS, USER, Site, adapt, build, change

MODULES = "/usr/lib/apache2/modules"
ALWAYS = (
    "authz_core",
    "alias",
    "env",
    "setenvif",
    "mime",
    "dir",
    "deflate",
    "filter",
    "reqtimeout",
)

# As Debian has it, as far as it concerns us.
BASE = """\
ServerRoot "{folder}"
DefaultRuntimeDir "{folder}"
PidFile "{folder}/apache.pid"
ServerName localhost
Listen 127.0.0.1:{port}
ErrorLog "{folder}/apache.log"
LogLevel info
{modules}
{user}
Timeout 300
KeepAliveTimeout 5
TypesConfig /dev/null
AddType text/html .html
AddType text/javascript .js .mjs
AddOutputFilterByType DEFLATE text/html text/plain text/javascript
RequestReadTimeout header=20-40,minrate=500 body=20,minrate=500
DirectoryIndex index.html
DocumentRoot "{folder}/root"
<Directory "{folder}/root">
	Require all granted
</Directory>
<IfModule mpm_event_module>
	StartServers 2
	MinSpareThreads 25
	MaxSpareThreads 75
	ThreadLimit 64
	ThreadsPerChild 25
	MaxRequestWorkers 150
</IfModule>
<IfModule mpm_prefork_module>
	StartServers 5
	MinSpareServers 5
	MaxSpareServers 10
	MaxRequestWorkers 150
</IfModule>
{before}
Include "{shipped}"
{websocket}
{after}
"""


def module(name):
    return f'LoadModule {name}_module "{MODULES}/mod_{name}.so"'


class Apache(Site):
    """With `websocket`, also WebSocket by mod_proxy_http."""

    modules = ()
    kind = ""  # of the shipped file

    def __init__(
        self,
        folder,
        settings,
        mpm="event",
        before="",
        after="",
        websocket=False,
    ):
        super().__init__(folder, settings)
        self.config = os.path.join(folder, "apache.conf")
        self.copy_programs()
        self.fill_root()
        names = [f"mpm_{mpm}", *ALWAYS, *self.modules]
        if websocket:
            names += [n for n in ("proxy", "proxy_http", "headers") if n not in names]
            self.start_program("websocket")
        with open(self.config, "w") as out:
            out.write(
                BASE.format(
                    folder=folder,
                    port=self.port,
                    shipped=self.shipped(),
                    websocket=self.websocket_lines() if websocket else "",
                    modules="\n".join(map(module, names)),
                    user=(
                        f"User {USER}\nGroup {USER}"
                        if os.geteuid() == 0
                        else ""
                    ),
                    before=before,
                    after=self.directives() + after,
                )
            )
        self.start()

    def copy_programs(self):
        programs = os.path.join(self.folder, "programs")
        os.mkdir(programs)
        for name in PROGRAMS:
            shutil.copy(build("fcgi", f"{name}.fcgi"), programs)
        os.mkdir(self.own("ipc"))
        if os.geteuid() == 0:
            shutil.chown(self.own("ipc"), USER, USER)

    def own(self, *parts):
        return os.path.join(self.folder, *parts)

    def shipped(self):
        return adapt(
            build("deploy", "apache", f"pushcgi-{self.kind}.conf"),
            self.folder,
            "Define NAME ",
            pushcgi_client=self.own("client"),
            **self.variables(),
        )

    def variables(self):
        return {"pushcgi_programs": self.own("programs")}

    def websocket_lines(self):
        shipped = adapt(
            build("deploy", "apache", "pushcgi-websocket.conf"),
            self.folder,
            "Define NAME ",
            pushcgi_websocket=self.own("websocket.sock"),
            pushcgi_client=self.own("client"),
        )
        return f'Include "{shipped}"'

    def directives(self):
        """Paths of the module, and the settings."""
        return ""

    def pairs(self, directive):
        return "".join(
            f'{directive} {name} "{value}"\n'
            for name, value in process.clean_environment(self.settings).items()
            if name.startswith("PUSHCGI_")
        )

    def start(self):
        """In its own process group: prefork signals all of its group."""
        self.process = process.Process(
            [
                "setpriv",
                "--pdeathsig",
                "TERM",
                "apache2",
                "-d",
                self.folder,
                "-f",
                self.config,
                "-DFOREGROUND",
            ],
            self.own("apache.log"),
            process.clean_environment(),
            start_new_session=True,
        )
        self.process.wait_for(("127.0.0.1", self.port))

    def reload(self):
        """As `apachectl graceful`."""
        self.process.signal(signal.SIGUSR1)

    def log(self):
        return process.read_log(self.own("apache.log")) + super().log()

    def close(self):
        super().close(signal.SIGTERM)


class ApacheFcgid(Apache):
    """With `class_size`, of so many processes a program."""

    modules = ("fcgid",)
    kind = "fcgid"

    def __init__(self, folder, settings, class_size=None, **options):
        self.class_size = class_size
        super().__init__(folder, settings, **options)

    def shipped(self):
        path = super().shipped()
        if self.class_size:
            size = str(self.class_size)
            change(path, "(?m)(?<=^FcgidMaxProcessesPerClass )100$", size)
            change(path, '(?<=SetEnv PUSH_BUDGET "worker class=)100', size)
        return path

    def directives(self):
        return (
            f'FcgidIPCDir "{self.own("ipc")}"\n'
            f'FcgidProcessTableFile "{self.own("ipc", "shm")}"\n'
            + self.pairs("FcgidInitialEnv")
        )


class ApacheCgi(Apache):
    modules = ("cgid",)
    kind = "cgi"

    def directives(self):
        return f'ScriptSock "{self.own("ipc", "cgid.sock")}"\n' + self.pairs(
            "SetEnv"
        )

    def start(self):
        """Its daemon makes its socket after Apache serves requests."""
        super().start()
        until(self.answers, "a response of a CGI program")

    def answers(self):
        """A program does, also with a refusal; or Apache asks for a login."""
        response = self.get("poll", "start")
        kind = response.headers.get("Content-Type", "")
        return "json" in kind or response.status == 401

    def close(self):
        """Apache would wait longer for a program that is held."""
        try:
            until(lambda: not self.held(), "", 3)
        except Failed:
            pass  # its client is still there
        super().close()

    def held(self):
        return [n for n in PROGRAMS if self.responders(n)]


class ApacheProxy(Apache):
    """Its programs are started here, as systemd would."""

    modules = ("proxy", "proxy_fcgi")
    kind = "proxy"

    def variables(self):
        return {"pushcgi_sockets": self.folder}

    def start(self):
        for name in PROGRAMS:
            self.start_program(name)
        super().start()


class ApacheThreads(ApacheProxy):
    """With the shipped numbers of Apache's MPM."""

    def directives(self):
        return f'Include "{build("deploy", "apache", "pushcgi-mpm.conf")}"\n'
