# SPDX-License-Identifier: MIT
"""Certificates, made by the command openssl."""

import os
import subprocess

SCRIPT = """set -e
new='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
openssl req -x509 $new -days 2 -subj /CN=ca -keyout ca.key -out ca.crt
openssl req $new -subj /CN=redis -keyout redis.key -out redis.csr
echo subjectAltName=IP:127.0.0.1,DNS:localhost >redis.ext
openssl x509 -req -in redis.csr -CA ca.crt -CAkey ca.key -CAcreateserial \\
    -days 2 -extfile redis.ext -out redis.crt
chmod 644 redis.key
"""


def make(folder):
    """ca.crt, and redis.crt and redis.key of a server on 127.0.0.1."""
    subprocess.run(
        ["sh", "-c", SCRIPT], cwd=folder, check=True, capture_output=True
    )


def options(folder, port):
    """For a redis-server with a TLS port that asks clients for nothing."""
    return (
        *("--tls-port", str(port), "--tls-auth-clients", "no"),
        *("--tls-ca-cert-file", os.path.join(folder, "ca.crt")),
        *("--tls-cert-file", os.path.join(folder, "redis.crt")),
        *("--tls-key-file", os.path.join(folder, "redis.key")),
    )
