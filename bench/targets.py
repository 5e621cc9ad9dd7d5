"""What is probed: an nginx on loopback, in the clear and with TLS of a test authority, on many ports.

Many ports, because connections to a single one fill the kernel's table of those just closed, and then the search for a
free local port is what is measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import trustme

from bench.process import await_port, free_ports, started

PORTS = 64
MARK = "all systems are ready"
"""What a right body holds, at its very end."""

BODY_BYTES = 1_000

_CONFIG = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    keepalive_timeout 0;
    client_body_temp_path {folder}/client;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    sendfile on;
    default_type text/plain;
    ssl_session_cache off;
    ssl_session_tickets off;
    ssl_certificate {folder}/certificate.pem;
    ssl_certificate_key {folder}/key.pem;
    server {{
{listens}
        location / {{ return 200 "{body}"; }}
        location /files/ {{ root {folder}; }}
    }}
}}
"""


class Targets(NamedTuple):
    """Where the nginx listens, the authority that its certificate is from, and its process."""

    plain_ports: list[int]
    tls_ports: list[int]
    ca_file: Path
    pid: int = 0


@contextmanager
def nginx(folder: Path) -> Iterator[Targets]:
    """Run an nginx of one process, which closes every connection after its answer.

    What is in the folder `files` is under `/files/`.
    """
    ports = free_ports(2 * PORTS)
    targets = Targets(ports[:PORTS], ports[PORTS:], folder / "authority.pem")
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(targets.ca_file)
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    for index, part in enumerate(certificate.cert_chain_pems):
        part.write_to_path(folder / "certificate.pem", append=index > 0)
    listens = [f"        listen 127.0.0.1:{port} backlog=4096;" for port in targets.plain_ports]
    listens += [f"        listen 127.0.0.1:{port} ssl backlog=4096;" for port in targets.tls_ports]
    body = "." * (BODY_BYTES - len(MARK)) + MARK
    config = folder / "nginx.conf"
    config.write_text(_CONFIG.format(folder=folder, listens="\n".join(listens), body=body), encoding="utf-8")
    with started(["nginx", "-p", folder, "-c", config], log=folder / "nginx.log") as pid:
        await_port(targets.tls_ports[-1])
        yield targets._replace(pid=pid)
