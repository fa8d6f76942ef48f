"""Where a source may be asked: addresses written one way only, and never one that serves clouds."""

import ipaddress
import re
from typing import Final, NamedTuple
from urllib.parse import urlsplit

PORTS: Final = {
    "https": 443, "http": 80, "postgresql": 5432, "mysql": 3306, "mariadb": 3306,
    "mssql": 1433, "oracle": 1521, "dm": 5236, "kingbase": 54321,
    "nats": 4222, "natss": 4222, "amqp": 5672, "amqps": 5671, "kafka": 9092, "kafkas": 9093,
}  # fmt: skip
LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
NUMERIC: Final = re.compile(r"(0x[0-9a-f]*|[0-9]+)")
# Link-local and other addresses at which clouds hand out credentials, and forms that hide one
# address inside another.
METADATA: Final = tuple(
    ipaddress.ip_network(each)
    for each in (
        "169.254.0.0/16", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32",
        "fe80::/10", "fd00:ec2::/32", "fd20:ce::/32",
    )
)  # fmt: skip
DISGUISED: Final = tuple(
    ipaddress.ip_network(each)
    for each in (
        "::ffff:0:0/96", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32",
    )
)  # fmt: skip
NAMES: Final = ("metadata", "metadata.google.internal", "instance-data")


class BadDestination(Exception):  # noqa: N818 - named after the fact
    """An address cannot be used; `code` says why."""

    def __init__(self, code: str, value: str) -> None:
        """Keep the reason and the text it is about."""
        super().__init__(code, value)
        self.code, self.value = code, value


class Destination(NamedTuple):
    """What is pinned: requests go to this scheme, host and port, or nowhere."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def destination_of(url: str) -> Destination:
    """Return where a URL leads; raises `BadDestination` unless it is written plainly."""
    if not url.isascii() or any(each <= " " or each == "\\" for each in url) or len(url) > 2000:
        raise BadDestination("URL", url[:80])
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as problem:
        raise BadDestination("URL", url[:80]) from problem
    scheme = parts.scheme.partition("+")[0]
    if scheme not in PORTS:
        raise BadDestination("SCHEME", parts.scheme)
    if parts.password is not None or (parts.username is not None and scheme in ("http", "https")):
        raise BadDestination("USER", scheme)
    if port == 0 or parts.netloc.endswith(":") or parts.fragment:
        raise BadDestination("URL", url[:80])
    return Destination(scheme, host_of(parts.hostname or ""), port or PORTS[scheme])


def host_of(text: str) -> str:
    """Return a host's plain name or canonical address; raises `BadDestination`."""
    host = text.lower()
    if ":" in host or NUMERIC.fullmatch(host.rpartition(".")[2]):
        return _canonical(host)
    labels = host.split(".")
    if len(host) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        raise BadDestination("HOST", text[:80])
    if host in NAMES:
        raise BadDestination("METADATA", host)
    return host


def _canonical(text: str) -> str:
    """Return an address in the one form that we take: no octal, no hexadecimal, no zone."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError as problem:
        raise BadDestination("HOST", text[:80]) from problem
    if getattr(address, "scope_id", None):
        raise BadDestination("HOST", text[:80])
    return str(address)


def address_of(text: str, *, loopback: bool = False) -> str:
    """Return an address that may be connected to; raises `BadDestination`."""
    address = ipaddress.ip_address(_canonical(text.strip().lower()))
    if any(address in each for each in METADATA if each.version == address.version):
        raise BadDestination("METADATA", str(address))
    if address.is_loopback and loopback:
        return str(address)
    disguised = any(address in each for each in DISGUISED if each.version == address.version)
    if (
        disguised
        or address.is_loopback
        or address.is_unspecified
        or address.is_multicast
        or (address.is_reserved and address.version == 4)
        or (address.version == 4 and int(address) >> 24 == 0)
    ):
        raise BadDestination("ADDRESS", str(address))
    return str(address)
