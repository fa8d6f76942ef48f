"""Signatures with a shared secret over what a message says, when, and in which order."""

import hmac
from collections.abc import Sequence
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC

ALGORITHMS: Final[dict[str, type[hashes.SHA256 | hashes.SM3]]] = {
    "hmac-sha256": hashes.SHA256,
    "hmac-sm3": hashes.SM3,
}


def digest(algorithm: str, body: bytes) -> str:
    """Return the hash of a body in hexadecimal."""
    worker = hashes.Hash(ALGORITHMS[algorithm]())
    worker.update(body)
    return worker.finalize().hex()


def sign(secret: str, algorithm: str, *, parts: Sequence[str], body: bytes) -> str:
    """Return the signature of the parts and the body's hash, one to a line, in hexadecimal."""
    worker = HMAC(secret.encode(), ALGORITHMS[algorithm]())
    worker.update("\n".join([*parts, digest(algorithm, body)]).encode())
    return worker.finalize().hex()


def is_right(secret: str, given: str, *, parts: Sequence[str], body: bytes) -> bool:
    """Check `algorithm=signature` in constant time; parts with line breaks are never right."""
    algorithm, _, signature = given.partition("=")
    if not secret or algorithm not in ALGORITHMS or any("\n" in part for part in parts):
        return False
    right = sign(secret, algorithm, parts=parts, body=body)
    return hmac.compare_digest(right.encode(), signature.encode())
