# SPDX-License-Identifier: MIT
"""What can be wrong with a site on its way from a program to a client, each in a
virtual host of its own, what push-doctor must say of it, and a line that it says
to paste. One server has all that are of its kind."""

import collections
import os
import re

from harness import nginx, process
from harness.apache import ApacheProxy, module
from harness.check import Failed
from harness.lighttpd import LighttpdUnits
from harness.site import adapt, build

# lines: added to the virtual host. edits: of the shipped file of `kind`, as
# pattern and text. says: words of the sentence. paste: of a line. mended: the
# lines with those that were pasted, where they are not in a shipped file.
Breakage = collections.namedtuple(
    "Breakage",
    "name says paste lines edits kind patience mended",
    defaults=("", (), "", 0, ""),
)
GRANTED = "<Location /push/>\n\tRequire all granted\n</Location>"
NOT_REWRITTEN = "RewriteRule ^/?push/ - [L]"
REWRITING = "RewriteEngine On\n"
LEAVE = '"^/push/" => "",'
CACHED = "Cache-Control of a poll"

APACHE = (
    Breakage(
        "the file for pushcgi is not enabled",
        "knows no such URL (404)",
        "a2enconf pushcgi-proxy && systemctl restart apache2",
        kind="none",
    ),
    Breakage(
        "the programs do not run",
        "cannot reach the program",
        "systemctl enable --now pushcgi@",
        edits=((r'(Define pushcgi_sockets ")[^"]*', r"\1/nowhere"),),
    ),
    Breakage(
        "the site denies all that it does not name",
        "forbids the request (403)",
        "<Location /push/>",
        "<Location />\nRequire all denied\n</Location>",
        mended="<Location />\nRequire all denied\n</Location>\n" + GRANTED,
    ),
    Breakage(
        "the site asks for a login",
        "asks for a login (401)",
        "<Location /push/>",
        "<Location />\nAuthType Basic\nAuthName site\n"
        'AuthUserFile "{folder}/nobody"\nRequire valid-user\n</Location>',
        mended="<Location />\nAuthType Basic\nAuthName site\n"
        'AuthUserFile "{folder}/nobody"\nRequire valid-user\n</Location>\n' + GRANTED,
    ),
    Breakage(
        "the site sends visitors to a login page",
        "A redirect answers",
        NOT_REWRITTEN,
        REWRITING + "RewriteRule ^/push/ /login.html [R=302,L]",
        mended=REWRITING + NOT_REWRITTEN + "\nRewriteRule ^/push/ /login.html [R=302,L]",
    ),
    Breakage(
        "the site rewrites every URL to one script",
        "A page of the site answers",
        NOT_REWRITTEN,
        REWRITING + "RewriteRule ^ /index.html [L]",
        mended=REWRITING + NOT_REWRITTEN + "\nRewriteRule ^ /index.html [L]",
    ),
    Breakage(
        "the site rewrites URLs without their query",
        "query of a URL does not reach the program",
        NOT_REWRITTEN,
        REWRITING + "RewriteRule ^(/push/.*)$ $1? [PT,L]",
        mended=REWRITING + NOT_REWRITTEN + "\nRewriteRule ^(/push/.*)$ $1? [PT,L]",
    ),
    Breakage(
        "error pages of the site replace responses",
        "replaces the responses of the program",
        "ProxyErrorOverride Off",
        "ProxyErrorOverride On",
        mended="ProxyErrorOverride On\nProxyErrorOverride Off",
    ),
    Breakage(
        "mod_proxy_fcgi buffers",
        "buffers the response",
        "flushpackets=on",
        edits=((" flushpackets=on", ""),),
    ),
    Breakage(
        "mod_fcgid buffers",
        "buffers the response",
        "FcgidOutputBufferSize 0",
        edits=((r"(?m)^FcgidOutputBufferSize 0$", ""),),
        kind="fcgid",
    ),
    Breakage(
        "mod_security refuses streams",
        "a stream is refused",
        "SecResponseBodyAccess Off",
        "SecRuleEngine On\nSecResponseBodyAccess On\n"
        "SecResponseBodyMimeType text/event-stream application/x-ndjson",
        mended="SecRuleEngine On\nSecResponseBodyAccess On\n"
        "SecResponseBodyMimeType text/event-stream application/x-ndjson\n"
        "<Location /push/>\n\tSecResponseBodyAccess Off\n</Location>",
    ),
    Breakage(
        "mod_deflate compresses streams",
        "compresses the stream",
        "SetEnv no-gzip 1",
        "AddOutputFilterByType DEFLATE text/event-stream",
        ((r"(?m)^\tSetEnv no-gzip 1$", ""),),
    ),
    Breakage(
        "Apache waits less long than a heartbeat",
        "cuts a stream that is silent",
        "timeout=90",
        edits=(("timeout=90", "timeout=2"),),
        patience=5,
    ),
    Breakage(
        "WebSocket is not passed on",
        "does not pass an upgrade on",
        "a2enconf pushcgi-websocket",
        edits=((" upgrade=websocket", ""),),
        kind="websocket",
    ),
    Breakage(
        "Last-Event-ID is removed",
        "Last-Event-ID does not reach",
        "RequestHeader unset Last-Event-ID",
        "RequestHeader unset Last-Event-ID",
    ),
    Breakage(
        "If-None-Match is removed",
        "If-None-Match does not reach",
        "RequestHeader unset If-None-Match",
        "RequestHeader unset If-None-Match",
    ),
    Breakage(
        "Authorization is removed",
        "Authorization does not reach",
        "CGIPassAuth On",
        edits=((r"(?m)^\tCGIPassAuth On$", ""),),
        kind="fcgid",
    ),
    Breakage(
        "ETag is removed",
        "ETag does not reach the client",
        "Header unset ETag",
        "Header unset ETag",
    ),
    Breakage(
        "mod_expires lets caches keep polls",
        CACHED,
        "ExpiresActive Off",
        'ExpiresActive On\nExpiresDefault "access plus 1 hour"',
        mended='ExpiresActive On\nExpiresDefault "access plus 1 hour"\n'
        "<Location /push/>\n\tExpiresActive Off\n</Location>\n"
        "#Header set Cache-Control …",
    ),
    Breakage(
        "the type of all pages is set",
        "Content-Type is text/plain",
        "#Header set Content-Type",
        'Header set Content-Type "text/plain"',
    ),
    Breakage(
        "only GET and POST are allowed",
        "OPTIONS is answered with 403",
        "<LimitExcept GET HEAD POST OPTIONS>",
        "<Location />\n<LimitExcept GET POST>\nRequire all denied\n"
        "</LimitExcept>\n</Location>",
        mended="<Location />\n<LimitExcept GET HEAD POST OPTIONS>\n"
        "Require all denied\n</LimitExcept>\n</Location>",
    ),
)

LIGHTTPD = (
    Breakage(
        "the file for pushcgi is not enabled",
        "knows no such URL (404)",
        "lighty-enable-mod pushcgi && systemctl restart lighttpd",
        'fastcgi.server := ()\nproxy.server := ()',
    ),
    Breakage(
        "the programs do not run",
        "cannot reach the program",
        "systemctl enable --now pushcgi@",
        'fastcgi.server := ( "/push/" => (( "socket" => "{folder}/nowhere", '
        '"check-local" => "disable" )) )',
    ),
    Breakage(
        "the site denies the URLs",
        "forbids the request (403)",
        "url.access-deny",
        'url.access-deny = ( "" )',
        mended='url.access-deny = ( "" )\n'
        '$HTTP["url"] =~ "^/push/" { url.access-deny := ( "~" ) }',
    ),
    Breakage(
        "the site sends visitors to a login page",
        "A redirect answers",
        LEAVE,
        'url.redirect = ( "^/push/" => "/login.html" )',
        mended="url.redirect = ( " + LEAVE + ' "^/push/." => "/login.html" )',
    ),
    Breakage(
        "the site rewrites every URL to one script",
        "A page of the site answers",
        LEAVE,
        'url.rewrite-once = ( "" => "/index.html" )',
        mended="url.rewrite-once = ( " + LEAVE + ' "" => "/index.html" )',
    ),
    Breakage(
        "the site rewrites URLs without their query",
        "query of a URL does not reach the program",
        LEAVE,
        'url.rewrite-once = ( "^(/push/[a-z]+)" => "$1" )',
        mended="url.rewrite-once = ( " + LEAVE + ' "^(/push/[a-z]+)" => "$1" )',
    ),
    Breakage(
        "lighttpd buffers",
        "buffers the response",
        "server.stream-response-body = 2",
        "server.stream-response-body := 0",
    ),
    Breakage(
        "lighttpd waits less long than a heartbeat",
        "cuts a stream that is silent",
        "server.max-write-idle = 360",
        "server.max-write-idle := 2",
        patience=6,
    ),
    Breakage(
        "lighttpd does not tell that a client left",
        "A client that left is not noticed at once",
        '"tcp-fin-propagate" => "enable"',
        'fastcgi.server := ( "/push/sse" => (( "socket" => '
        '"{folder}/sse.sock", "check-local" => "disable" )) )',
        patience=2,
    ),
    Breakage(
        "WebSocket is not passed on",
        "does not pass an upgrade on",
        'proxy.header = ( "upgrade" => "enable" )',
        'proxy.header := ( "upgrade" => "disable" )',
    ),
    Breakage(
        "caches may keep polls",
        CACHED,
        "#setenv.set-response-header",
        'setenv.set-response-header = ( "Cache-Control" => "max-age=3600" )',
    ),
)

NGINX = (
    Breakage(
        "nginx buffers",
        "buffers the response",
        "proxy_buffering off;",
        "proxy_ignore_headers X-Accel-Buffering; gzip off;",
    ),
    Breakage(
        "nginx compresses streams",
        "compresses the stream",
        "gzip off;",
        "proxy_http_version 1.1; gzip_proxied any; "
        "gzip_types text/event-stream;",
    ),
    Breakage(
        "nginx waits less long than a heartbeat",
        "cuts a stream that is silent",
        "proxy_read_timeout 3600s;",
        "proxy_http_version 1.1; proxy_read_timeout 2s;",
        patience=5,
    ),
    Breakage(
        "WebSocket is not passed on",
        "does not pass an upgrade on",
        "proxy_set_header Upgrade $http_upgrade;",
        "proxy_http_version 1.1;",
    ),
)

HOST = """
Listen 127.0.0.1:{port}
<VirtualHost 127.0.0.1:{port}>
	DocumentRoot "{folder}/root"
	{includes}
	{lines}
</VirtualHost>
"""
SOCKET = """
$SERVER["socket"] == "127.0.0.1:{port}" {{
	$HTTP["url"] =~ "^/push/" {{
		{lines}
	}}
}}
"""


BEHIND_HOST = """
}}
server {{
	listen 127.0.0.1:{port};
	location / {{
		proxy_pass http://127.0.0.1:{site};
		{lines}
	}}
"""


def edited(path, edits, folder, number):
    """A copy of an adapted file with the edits. Returns its path."""
    with open(path) as f:
        text = f.read()
    for pattern, new in edits:
        text, times = re.subn(pattern, new, text)
        if times == 0:
            raise Failed(f"{path} has no {pattern}")
    copy = os.path.join(folder, f"{number}-{os.path.basename(path)}")
    with open(copy, "w") as out:
        out.write(text)
    return copy


class Broken:
    """A site with a port for each breakage of its kind."""

    def take_ports(self):
        """Also one for each of them mended."""
        self.mended = tuple(
            breakage._replace(lines=breakage.mended, mended="")
            for breakage in self.breakages
            if breakage.mended
        )
        self.hosts = self.breakages + self.mended
        self.host_ports = [process.free_port() for _ in self.hosts]

    def where(self, breakage):
        port = self.host_ports[self.hosts.index(breakage)]
        return f"http://127.0.0.1:{port}/push"


class BrokenApache(Broken, ApacheProxy):
    breakages = APACHE
    modules = (
        *ApacheProxy.modules,
        *("fcgid", "rewrite", "headers", "expires", "proxy_http"),
        *("authn_core", "authn_file", "authz_user", "auth_basic"),
        *("unique_id", "security2"),
    )

    def shipped(self):
        """Of the main server, whose configuration all others inherit."""
        path = self.own("none.conf")
        open(path, "w").close()
        return path

    def websocket_lines(self):
        return ""

    def directives(self):
        self.take_ports()
        open(self.own("nobody"), "w").close()
        return (
            f'FcgidIPCDir "{self.own("ipc")}"\n'
            f'FcgidProcessTableFile "{self.own("ipc", "shm")}"\n'
            + self.pairs("FcgidInitialEnv")
            + "".join(
                self.host(number, breakage)
                for number, breakage in enumerate(self.hosts)
            )
        )

    def files(self, kind):
        """Shipped files of a virtual host, adapted."""
        variables = {
            "fcgid": {"pushcgi_programs": self.own("programs")},
            "proxy": {"pushcgi_sockets": self.folder},
            "websocket": {"pushcgi_websocket": self.own("websocket.sock")},
        }
        names = {"": ["proxy"], "none": [], "websocket": ["proxy", "websocket"]}
        return [
            adapt(
                build("deploy", "apache", f"pushcgi-{name}.conf"),
                self.folder,
                "Define NAME ",
                pushcgi_client=self.own("client"),
                **variables[name],
            )
            for name in names.get(kind, [kind])
        ]

    def host(self, number, breakage):
        files = self.files(breakage.kind)
        includes = [f'Include "{path}"' for path in files[:-1]]
        for path in files[-1:]:
            copy = edited(path, breakage.edits, self.folder, number)
            includes.append(f'Include "{copy}"')
        return HOST.format(
            port=self.host_ports[number],
            folder=self.folder,
            includes="\n\t".join(["Define pushcgi_virtual_host", *includes]),
            lines=breakage.lines.format(folder=self.folder),
        )


class BrokenLighttpd(Broken, LighttpdUnits):
    breakages = LIGHTTPD

    def __init__(self, folder, settings, **options):
        self.take_ports()
        after = 'server.modules += ( "mod_rewrite", "mod_redirect" )\n'
        for port, breakage in zip(self.host_ports, self.hosts):
            lines = breakage.lines.replace("{folder}", folder)
            after += SOCKET.format(port=port, lines=lines.replace("\n", "\n\t\t"))
        super().__init__(folder, settings, after=after, **options)


class BrokenNginx(Broken, LighttpdUnits):
    """lighttpd as it is shipped, with nginx in front."""

    breakages = NGINX

    def start(self):
        super().start()
        self.take_ports()
        config = os.path.join(self.folder, "front.conf")
        hosts = "".join(
            BEHIND_HOST.format(port=port, site=self.port, lines=breakage.lines)
            for port, breakage in zip(self.host_ports, self.hosts)
        )
        with open(config, "w") as out:
            out.write(
                nginx.configuration(
                    self.folder,
                    process.free_port(),
                    "events {\n\tworker_connections 1024;\n}",
                    hosts,
                )
            )
        self.front = process.Process(
            ["nginx", "-p", self.folder, "-c", config],
            os.path.join(self.folder, "front.log"),
        )
        self.front.wait_for(("127.0.0.1", self.host_ports[0]))

    def close(self):
        self.front.stop()
        self.front.check()
        super().close()
