# SPDX-License-Identifier: MIT
"""doc/nginx.md, tried."""
from harness import matrix, process
from harness.nginx import Nginx
from harness.tap import fact, until
from test_leave import settled

NGINX = ("redis-server", "nginx")


@fact(limit=150, needs=NGINX)
def every_technique_works_behind_nginx(stage):
    matrix.column(stage.site({"hold.beat": 1}, server=Nginx), "nginx")


@fact(needs=NGINX)
def a_reader_that_left_nginx_is_released_at_once(stage):
    site = stage.site({"hold.beat": 3600}, server=Nginx)
    site.sse("other").ready()
    pid = site.responder("sse")
    settled(pid)
    before = process.sockets(pid)
    readers = [site.sse("news").ready() for _ in range(10)]
    for reader in readers:
        reader.close()
    until(lambda: process.sockets(pid) == before,
          f"{before} sockets again after the readers left")
