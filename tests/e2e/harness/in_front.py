# SPDX-License-Identifier: MIT
"""A proxy in front of a site, over HTTP/1.1, and over HTTP/2 with TLS."""

import os
import re

from harness import certificates, nginx, process
from harness.check import Failed
from harness.site import build

NGINX = """listen 127.0.0.1:{tls} ssl http2;
		ssl_certificate {folder}/redis.crt;
		ssl_certificate_key {folder}/redis.key;
		location / {{
			proxy_pass http://127.0.0.1:{site};
			{lines}
		}}"""
# Its defaults are HTTP/1.0, a new connection for each request, and buffers,
# which X-Accel-Buffering of a stream turns off.
KEEPS_ALIVE = """proxy_http_version 1.1;
			proxy_set_header Connection "";
			proxy_buffering off;"""

HAPROXY = """\
defaults
	mode http
	timeout connect 5s
	timeout client 90s
	timeout server 90s
	option http-no-delay
	option abortonclose
frontend front
	bind 127.0.0.1:{port}
	bind 127.0.0.1:{tls} ssl crt {folder}/both.pem alpn h2,http/1.1
	default_backend site
backend site
	server one 127.0.0.1:{site}
"""


class InFront:
    """`port` is that of HTTP/1.1; `secure(name)` a URL of HTTP/2."""

    def __init__(self, folder, site, lines=""):
        self.folder = folder
        self.port, self.tls = process.free_port(), process.free_port()
        certificates.make(folder)
        config = os.path.join(folder, "front.conf")
        with open(config, "w") as out:
            out.write(self.configuration(site.port, lines))
        self.process = process.Process(
            self.command(config), os.path.join(folder, "front.log")
        )
        self.process.wait_for(("127.0.0.1", self.port))

    def url(self, name=""):
        return f"http://127.0.0.1:{self.port}/{name}"

    def secure(self, name=""):
        return f"https://127.0.0.1:{self.tls}/{name}"

    def close(self):
        self.process.stop()
        self.process.check()


class Nginx(InFront):
    def configuration(self, site, lines):
        server = NGINX.format(
            folder=self.folder, tls=self.tls, site=site, lines=lines
        )
        main = "events {\n\tworker_connections 1024;\n}"
        return nginx.configuration(self.folder, self.port, main, server)

    def command(self, config):
        return ["nginx", "-p", self.folder, "-c", config]


class Haproxy(InFront):
    def configuration(self, site, _lines):
        return HAPROXY.format(
            folder=self.folder, port=self.port, tls=self.tls, site=site
        )

    def command(self, config):
        with open(os.path.join(self.folder, "both.pem"), "w") as out:
            for name in ("redis.crt", "redis.key"):
                with open(os.path.join(self.folder, name)) as part:
                    out.write(part.read())
        return ["haproxy", "-f", config]


class ShippedHaproxy(Haproxy):
    """With deploy/haproxy/pushcgi.cfg; over HTTP/1.1 it redirects to HTTPS."""

    def configuration(self, site, lines):
        with open(build("deploy", "haproxy", "pushcgi.cfg")) as f:
            text = f.read()
        for pattern, wanted in (
            (r"\tlog /dev/log local0", ""),
            (r"(?<=\tmaxconn )50000", lines or "2000"),
            (r"(?<=\tbind ):80$", f"127.0.0.1:{self.port}"),
            (r"(?<=\tbind ):443 ", f"127.0.0.1:{self.tls} "),
            (r"(?<= crt )/etc/haproxy/site.pem", f"{self.folder}/both.pem"),
            (r"(?<=\tserver apache )127.0.0.1:8080", f"127.0.0.1:{site}"),
        ):
            text, times = re.subn(f"(?m){pattern}", wanted, text)
            if times != 1:
                raise Failed(f"pushcgi.cfg has {pattern} {times} times")
        return text
