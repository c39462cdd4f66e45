# SPDX-License-Identifier: MIT
"""A lighttpd that only forwards WebSockets, to one address."""

import os

from harness import process

CONFIG = """\
server.modules = ( "mod_proxy" )
server.document-root = "{folder}"
server.bind = "127.0.0.1"
server.port = {port}
server.errorlog = "{folder}/lighttpd.log"
server.stream-request-body = 2
server.stream-response-body = 2
proxy.server = ( "/push/websocket" => (( "host" => "{path}" )) )
proxy.header = ( "upgrade" => "enable" )
"""


class LighttpdProxy:
    def __init__(self, folder, path):
        self.address = ("127.0.0.1", process.free_port())
        config = os.path.join(folder, "lighttpd.conf")
        with open(config, "w") as out:
            out.write(
                CONFIG.format(folder=folder, port=self.address[1], path=path)
            )
        self.process = process.Process(
            ["lighttpd", "-D", "-f", config],
            os.path.join(folder, "lighttpd.log"),
        )
        self.process.wait_for(self.address)

    def close(self):
        self.process.stop()
