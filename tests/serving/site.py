"""A real blog behind a real web server, each in processes of its own and on ports of 127.0.0.1."""

import contextlib
import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOST = "blog.example.org"
START_SECONDS = 90


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition, what, seconds=START_SECONDS):
    """Waits for `condition`, and fails with `what` it was."""
    deadline, waiting = time.monotonic() + seconds, threading.Event()
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} seconds: {what}"
        waiting.wait(0.05)


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def end(process):
    """Ends a process and waits for it."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Answer:
    """What came back, headers by lower-case name."""

    def __init__(self, response):
        self.status = response.status
        self.pairs = [(name.lower(), value) for name, value in response.getheaders()]
        self.headers = dict(self.pairs)
        self.body = response.read()

    @property
    def text(self):
        return self.body.decode()

    @property
    def is_from_disk(self):
        return "detail=disk" in self.headers.get("cache-status", "")


class Blog:
    """`manage.py serve` as behind a proxy that ends TLS, with SQLite in `folder` if no other
    database is named.
    """

    def __init__(self, folder, public_port, *, database_url=""):
        self.folder, self.public_port = folder, public_port
        self.port = free_port()
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if name not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}
        } | {
            "DATABASE_URL": database_url,
            "DATA_DIR": str(folder),
            "SITE_URL": f"https://{HOST}:{public_port}",
            "TRUSTED_PROXIES": "127.0.0.1/32",
            "PAGE_DISK_MB": "16",
        }
        self.process = self.hand = None

    def manage(self, *arguments):
        subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=self.environment, check=True, capture_output=True, timeout=300,
        )  # fmt: skip

    def start(self):
        self.manage("setup_blog", "--title", "Margins")
        self.process = subprocess.Popen(
            [
                sys.executable, "manage.py", "serve", "--bind", f"127.0.0.1:{self.port}",
                "--workers", "2", "--no-worker",
            ],
            cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        self.hand = subprocess.Popen(
            [sys.executable, "-m", "tests.serving.hand"],
            cwd=ROOT, env=self.environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        until(lambda: listens(self.port), "the blog listens")

    def do(self, code):
        """Runs `code` in another process of the blog; what it has put into `answer`."""
        self.hand.stdin.write(json.dumps(code) + "\n")
        self.hand.stdin.flush()
        line = self.hand.stdout.readline()
        assert line, f"failed: {code}"
        return json.loads(line)

    def ask(self, path, *, method="GET", body=None, **headers):
        """The blog's own answer to what the web server would pass on."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        passed = {
            "Host": f"{HOST}:{self.public_port}",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "127.0.0.1",
        }
        return answer(connection, method, path, body, {**passed, **headers})

    def stop(self):
        for process in (self.hand, self.process):
            if process is not None:
                if process.stdin:
                    process.stdin.close()
                end(process)
                if process.stdout:
                    process.stdout.close()


def answer(connection, method, path, body, headers):
    """One question and its answer; the connection is closed."""
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders()
    if body is not None:
        # Refused before it was all sent: the answer is what counts.
        with contextlib.suppress(OSError):
            connection.send(body)
    try:
        return Answer(connection.getresponse())
    finally:
        connection.close()


class WebServer:
    """nginx or Caddy with the configuration that docs/serving/ has, names and ports replaced."""

    def __init__(self, kind, folder, blog):
        self.kind, self.folder, self.blog = kind, folder, blog
        self.port = blog.public_port
        self.process = None
        self.log = folder / "log"

    def start(self):
        certificate, key = self.folder / "certificate.pem", self.folder / "key.pem"
        subprocess.run(
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={HOST}",
                "-addext", f"subjectAltName=DNS:{HOST}", "-keyout", key, "-out", certificate,
            ],
            check=True, capture_output=True,
        )  # fmt: skip
        command = getattr(self, f"_{self.kind}")(certificate, key)
        environment = {**os.environ, "HOME": str(self.folder)}
        for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
            environment[name] = str(self.folder)
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder, env=environment, stdout=log, stderr=log
            )
        until(lambda: listens(self.port) or self.process.poll() is not None, f"{self.kind} listens")
        assert self.process.poll() is None, self.log.read_text()

    def _site(self, name):
        text = (ROOT / "docs" / "serving" / name).read_text()
        return text.replace("/srv/postil/var", str(self.blog.folder)).replace(
            "127.0.0.1:8000", f"127.0.0.1:{self.blog.port}"
        )

    def _nginx(self, certificate, key):
        site = self._site("nginx.conf")
        lines = [line for line in site.splitlines() if "listen [::]" not in line]
        site = "\n".join(lines)
        for given, own in (
            ("listen 443", f"listen 127.0.0.1:{self.port}"),
            ("listen 80", f"listen 127.0.0.1:{free_port()}"),
            (f"/etc/letsencrypt/live/{HOST}/fullchain.pem", str(certificate)),
            (f"/etc/letsencrypt/live/{HOST}/privkey.pem", str(key)),
        ):
            assert given in site
            site = site.replace(given, own)
        (self.folder / "site.conf").write_text(site)
        places = "".join(
            f"{name}_temp_path {self.folder}/{name};\n"
            for name in ("client_body", "proxy", "fastcgi", "scgi", "uwsgi")
        )
        # What Debian's own nginx.conf says, as far as it matters.
        main = f"""
            daemon off; pid {self.folder}/nginx.pid; error_log stderr warn;
            {"user root;" if os.geteuid() == 0 else ""}
            events {{ worker_connections 256; }}
            http {{
              include /etc/nginx/mime.types; default_type application/octet-stream;
              sendfile on; tcp_nopush on; access_log off;
              {places}
              include {self.folder}/site.conf;
            }}
        """
        (self.folder / "main.conf").write_text(main)
        return ["nginx", "-e", "stderr", "-p", self.folder, "-c", self.folder / "main.conf"]

    def _caddy(self, certificate, key):
        site = self._site("Caddyfile")
        opening = f"{HOST} {{"
        assert opening in site
        site = site.replace(
            opening,
            f"https://{HOST}:{self.port} {{\n\tbind 127.0.0.1\n\ttls {certificate} {key}",
        )
        options = "{\n\tadmin off\n\tauto_https disable_redirects\n}\n"
        (self.folder / "Caddyfile").write_text(options + site)
        return ["caddy", "run", "--adapter", "caddyfile", "--config", self.folder / "Caddyfile"]

    def ask(self, path, *, method="GET", body=None, **headers):
        """What a reader gets."""
        context = ssl.create_default_context(cafile=str(self.folder / "certificate.pem"))
        connection = _Connection("127.0.0.1", self.port, timeout=30, context=context)
        return answer(connection, method, path, body, {"Host": f"{HOST}:{self.port}", **headers})

    def stop(self):
        if self.process is not None:
            end(self.process)


class _Connection(http.client.HTTPSConnection):
    """To 127.0.0.1, under the name of the blog."""

    def connect(self):
        plain = socket.create_connection((self.host, self.port), self.timeout)
        self.sock = self._context.wrap_socket(plain, server_hostname=HOST)


def missing(kind):
    """Why the tests of `kind` can't run; nothing when they can."""
    needed = [name for name in (kind, "openssl") if not shutil.which(name)]
    return f"not on this machine: apt install {' '.join(needed)}" if needed else ""
