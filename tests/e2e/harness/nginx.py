# SPDX-License-Identifier: MIT
"""nginx with the lines that doc/nginx.md has for it."""

import os
import signal

from harness import process
from harness.samples import sample
from harness.site import PROGRAMS, USER, Site

PAGE = "doc/nginx.md"
FASTCGI = sample(PAGE, "nginx", "fastcgi_pass")
WEBSOCKET = sample(PAGE, "nginx", "proxy_pass")
LIMITS = sample(PAGE, "nginx", "worker_connections")

BASE = """\
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log info;
{main}
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
		{server}
	}}
}}
"""


def configuration(folder, port, main, server):
    """Its configuration, which keeps its files in the folder."""
    return BASE.format(
        folder=folder,
        port=port,
        main=main,
        server=server,
        user=f"user {USER};" if os.geteuid() == 0 else "",
    )


class Nginx(Site):
    """Its programs are started here, as systemd would."""

    def __init__(self, folder, settings):
        super().__init__(folder, settings)
        server = (FASTCGI + WEBSOCKET).replace("/run/pushcgi/", f"{folder}/")
        with open(os.path.join(folder, "nginx.conf"), "w") as out:
            out.write(configuration(folder, self.port, LIMITS, server))
        self.adapt(os.path.join(folder, "nginx.conf"))
        for name in (*PROGRAMS, "websocket"):
            self.start_program(name)
        self.process = process.Process(
            ["nginx", "-p", folder, "-c", f"{folder}/nginx.conf"],
            os.path.join(folder, "nginx.log"),
        )
        self.process.wait_for(("127.0.0.1", self.port))

    def adapt(self, config):
        """Changes the file, for a subclass."""

    def close(self):
        super().close(signal.SIGTERM)
