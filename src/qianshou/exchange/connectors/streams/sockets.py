"""Connections to a broker: to the pinned addresses alone, and under TLS where the profile says so.

A broker may name further servers of its cluster. They are never asked: the next session goes to
the approved addresses again.
"""

import socket
import ssl
from collections.abc import Callable
from typing import Final, TypeVar
from urllib.parse import unquote, urlsplit

from qianshou.exchange.connectors.egress import addresses_of
from qianshou.exchange.connectors.failures import PullFailed
from qianshou.exchange.models import Source
from qianshou.exchange.rules import egress, streams

CONNECT_SECONDS: Final = 10.0
Session = TypeVar("Session")


def tls_of(url: str) -> ssl.SSLContext | None:
    """Return what checks the broker's certificate, or None for a line without TLS."""
    return ssl.create_default_context() if streams.is_encrypted(url) else None


def user_of(url: str) -> str:
    """Return the user that the address names, if any."""
    return unquote(urlsplit(url).username or "")


def first_of(
    source: Source, url: str, opened: Callable[[egress.Destination, str], Session]
) -> Session:
    """Open a session at the first approved address that takes one; raises `PullFailed`."""
    found, addresses = addresses_of(source, url)
    failure: PullFailed | None = None
    for address in addresses:
        try:
            return opened(found, address)
        except ssl.SSLCertVerificationError:
            failure = PullFailed("CERTIFICATE", value=str(found))
        except TimeoutError:
            failure = PullFailed("STALLED", value=str(found))
        except OSError:
            failure = PullFailed("UNREACHABLE", value=str(found))
    raise failure or PullFailed("UNREACHABLE", value=str(found))


def connected(found: egress.Destination, address: str) -> socket.socket:
    """Return a plain connection to one approved address."""
    return socket.create_connection((address, found.port), timeout=CONNECT_SECONDS)
