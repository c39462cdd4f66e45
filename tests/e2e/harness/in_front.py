# SPDX-License-Identifier: MIT
"""A proxy in front of a site, over HTTP/1.1, and over HTTP/2 with TLS."""

import os

from harness import certificates, process
from harness.site import USER

NGINX = """\
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log info;
events {{
	worker_connections 1024;
}}
http {{
	access_log off;
	client_body_temp_path {folder}/body;
	fastcgi_temp_path {folder}/fastcgi;
	proxy_temp_path {folder}/proxy;
	uwsgi_temp_path {folder}/uwsgi;
	scgi_temp_path {folder}/scgi;
	gzip on;
	server {{
		listen 127.0.0.1:{port};
		listen 127.0.0.1:{tls} ssl http2;
		ssl_certificate {folder}/redis.crt;
		ssl_certificate_key {folder}/redis.key;
		location / {{
			proxy_pass http://127.0.0.1:{site};
			{lines}
		}}
	}}
}}
"""
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
            out.write(
                self.text.format(
                    folder=folder,
                    port=self.port,
                    tls=self.tls,
                    site=site.port,
                    lines=lines,
                    user=f"user {USER};" if os.geteuid() == 0 else "",
                )
            )
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
    text = NGINX

    def command(self, config):
        return ["nginx", "-p", self.folder, "-c", config]


class Haproxy(InFront):
    text = HAPROXY

    def command(self, config):
        with open(os.path.join(self.folder, "both.pem"), "w") as out:
            for name in ("redis.crt", "redis.key"):
                with open(os.path.join(self.folder, name)) as part:
                    out.write(part.read())
        return ["haproxy", "-f", config]
