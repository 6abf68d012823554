"""The network address a server listens on, as `--bind` writes it."""

import errno
import ipaddress
import os
import socket
from dataclasses import dataclass

from django.core.management import CommandError

DEFAULT_BIND = "127.0.0.1:8000"


@dataclass(frozen=True, slots=True)
class Bind:
    """A host and a port. `host` is a numeric address, IPv6 without brackets."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Bind":
        """What `HOST:PORT` or `[IPV6]:PORT` names; a host name is looked up.

        Raises:
            CommandError: it has another form, or the host is unknown.
        """
        host, _colon, port_text = text.rpartition(":")
        port = int(port_text) if port_text.isascii() and port_text.isdecimal() else 0
        host = host.removeprefix("[").removesuffix("]")
        if not host or not 0 < port < 65536:
            raise CommandError(f"--bind is “{text}”; it needs the form {DEFAULT_BIND}.")
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError:
            raise CommandError(f"--bind names “{host}”, which this machine doesn't know.") from None
        # IPv4 first: browsers try 127.0.0.1 for "localhost" on every system.
        *_rest, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
        return cls(str(address[0]), port)

    @property
    def url(self) -> str:
        """Where a browser on this machine finds it."""
        address = ipaddress.ip_address(self.host.partition("%")[0])
        if address.is_unspecified:
            address = ipaddress.ip_address("127.0.0.1" if address.version == 4 else "::1")
        shown = f"[{address}]" if address.version == 6 else str(address)
        return f"http://{shown}" if self.port == 80 else f"http://{shown}:{self.port}"

    def ensure_free(self) -> None:
        """Refuses a port that is taken or not ours to take.

        Granian's own sockets share their port (SO_REUSEPORT), so a second server would start
        without a word and take half of the visitors.

        Raises:
            CommandError: with the reason and the cure.
        """
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
                probe.listen(1)
            except OSError as error:
                raise CommandError(self._refusal(error)) from None

    def _refusal(self, error: OSError) -> str:
        match error.errno:
            case errno.EADDRINUSE:
                return (
                    f"Port {self.port} is in use: another program, or this blog, listens there. "
                    f"Stop it, or choose another port with --bind {self.host}:{self.port + 1}."
                )
            case errno.EACCES:
                return f"This user may not listen on port {self.port}. Choose one from 1024 up."
            case errno.EADDRNOTAVAIL:
                return f"{self.host} is no address of this machine."
        return f"Can't listen on {self.host}:{self.port} ({os.strerror(error.errno or 0)})."
