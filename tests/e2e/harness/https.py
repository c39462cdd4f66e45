# SPDX-License-Identifier: MIT
"""A site that has HTTPS as well, on a port of its own, so that browsers use
HTTP/2.

Source: https://httpd.apache.org/docs/2.4/mod/mod_http2.html;
https://wiki.lighttpd.net/Docs_SSL
"""

from harness import certificates, process
from harness.apache import Apache, module
from harness.check import Failed
from harness.lighttpd import Lighttpd

APACHE = """
<IfModule !http2_module>
	Error "no mod_http2"
</IfModule>
Listen 127.0.0.1:{port}
<VirtualHost 127.0.0.1:{port}>
	Protocols {protocols}
	SSLEngine on
	SSLCertificateFile "{folder}/redis.crt"
	SSLCertificateKeyFile "{folder}/redis.key"
</VirtualHost>
"""
NO_HTTP_2 = 'server.feature-flags += ( "server.h2proto" => "disable" )\n'
LIGHTTPD = """
server.modules += ( "mod_openssl" )
$SERVER["socket"] == "127.0.0.1:{port}" {{
	ssl.engine = "enable"
	ssl.pemfile = "{folder}/redis.crt"
	ssl.privkey = "{folder}/redis.key"
}}
"""


def with_https(stage, server, settings=None, http2=True, **options):
    """A site of the stage; `site.secure(name)` is the URL of a page."""
    folder, port = stage.sub("certificates"), process.free_port()
    certificates.make(folder)
    if issubclass(server, Apache):
        lines, before = APACHE, "\n".join(map(module, ("ssl", "http2")))
    elif issubclass(server, Lighttpd):
        lines, before = LIGHTTPD, "" if http2 else NO_HTTP_2
    else:
        raise Failed(f"{server.__name__} has no HTTPS here")
    lines = lines.format(
        port=port,
        folder=folder,
        protocols="h2 http/1.1" if http2 else "http/1.1",
    )
    options["before"] = f"{before}\n{options.get('before', '')}"
    options["after"] = options.get("after", "") + lines
    site = stage.site(settings, server=server, **options)
    site.certificate = f"{folder}/ca.crt"
    site.secure = lambda name="": f"https://127.0.0.1:{port}/{name}"
    return site
