"""Signatures of messages: Standard Webhooks 1.0 with HMAC-SHA256, and the same with SM3."""

import base64
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC

PREFIXES: Final = {"hmac-sha256": "v1", "hmac-sm3": "v1sm3"}
_HASHES: Final[dict[str, type[hashes.SHA256 | hashes.SM3]]] = {
    "hmac-sha256": hashes.SHA256,
    "hmac-sm3": hashes.SM3,
}


def signature(secret: str, algorithm: str, *, ident: str, timestamp: int, body: bytes) -> str:
    """Return the value of `webhook-signature` over `id.timestamp.body`.

    Source: Standard Webhooks specification, "Signature scheme". The secret is used as its UTF-8
    bytes.
    """
    worker = HMAC(secret.encode(), _HASHES[algorithm]())
    worker.update(f"{ident}.{timestamp}.".encode() + body)
    return f"{PREFIXES[algorithm]},{base64.b64encode(worker.finalize()).decode()}"


def headers(
    secret: str, algorithm: str, *, ident: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """Return the three headers that a receiver checks."""
    signed = signature(secret, algorithm, ident=ident, timestamp=timestamp, body=body)
    return {
        "webhook-id": ident,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signed,
    }
