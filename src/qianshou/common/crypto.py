"""Secrets of a person at rest: authenticated encryption bound to its row, and keyed blind indexes.

AES-256-GCM by default, SM4-GCM (GB/T 32907) by the setting CIPHER. A sealed value is
`algorithm byte | key number byte | 12-byte nonce | ciphertext and tag`; the associated data names
the column and the row, so a value copied to another row no longer opens (NIST SP 800-38D).
"""

import hmac
import os
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from django.conf import settings

AES_256_GCM: Final = 1
SM4_GCM: Final = 2
CURRENT_KEY: Final = 1
NONCE: Final = 12
TAG: Final = 16


class Unreadable(Exception):  # noqa: N818 - named after the fact
    """The sealed value was altered, belongs to another row, or its key is not here."""


@lru_cache(maxsize=64)
def _derived(purpose: str, size: int) -> bytes:
    """Derive the key of one purpose from the master secret (RFC 5869)."""
    master: bytes = settings.FIELD_KEY
    return HKDFExpand(hashes.SHA256(), size, purpose.encode()).derive(master)


@lru_cache(maxsize=1)
def _aes() -> AESGCM:
    return AESGCM(_derived("field/1/aes", 32))


def seal(text: str, *, column: str, row: object) -> bytes:
    """Encrypt `text` for one column of one row; the empty text stays empty."""
    return seal_bytes(text.encode(), column=column, row=row) if text else b""


def seal_bytes(plain: bytes, *, column: str, row: object) -> bytes:
    """Encrypt a body for one column of one row."""
    nonce, bound = os.urandom(NONCE), f"{column}|{row}".encode()
    if settings.CIPHER == "SM4":
        return bytes((SM4_GCM, CURRENT_KEY)) + nonce + _sm4_seal(nonce, plain, bound)
    return bytes((AES_256_GCM, CURRENT_KEY)) + nonce + _aes().encrypt(nonce, plain, bound)


def unseal(sealed: bytes | memoryview, *, column: str, row: object) -> str:
    """Decrypt what `seal` made for the same column and row; raises `Unreadable` otherwise."""
    raw = bytes(sealed)
    return unseal_bytes(raw, column=column, row=row).decode() if raw else ""


def unseal_bytes(raw: bytes, *, column: str, row: object) -> bytes:
    """Decrypt what `seal_bytes` made for the same column and row; raises `Unreadable` otherwise."""
    if len(raw) < 2 + NONCE + TAG or raw[1] != CURRENT_KEY:
        raise Unreadable
    nonce, body, bound = raw[2 : 2 + NONCE], raw[2 + NONCE :], f"{column}|{row}".encode()
    try:
        if raw[0] == AES_256_GCM:
            return _aes().decrypt(nonce, body, bound)
        if raw[0] == SM4_GCM:
            return _sm4_open(nonce, body, bound)
    except InvalidTag as problem:
        raise Unreadable from problem
    raise Unreadable


def _sm4_seal(nonce: bytes, plain: bytes, bound: bytes) -> bytes:
    worker = Cipher(algorithms.SM4(_derived("field/1/sm4", 16)), modes.GCM(nonce)).encryptor()
    worker.authenticate_additional_data(bound)
    return worker.update(plain) + worker.finalize() + worker.tag


def _sm4_open(nonce: bytes, body: bytes, bound: bytes) -> bytes:
    mode = modes.GCM(nonce, body[-TAG:])
    worker = Cipher(algorithms.SM4(_derived("field/1/sm4", 16)), mode).decryptor()
    worker.authenticate_additional_data(bound)
    return worker.update(body[:-TAG]) + worker.finalize()


def blind(value: str, *, purpose: str) -> bytes:
    """Return the 16-byte keyed index of a value: equal values meet, nothing else is revealed.

    One key per purpose, so that two columns cannot be joined through their indexes.
    """
    canonical = unicodedata.normalize("NFKC", value).replace(" ", "").upper().encode()
    return hmac.digest(_derived(f"blind/{purpose}", 32), canonical, sha256)[:16]


def digest_of(secret: str) -> bytes:
    """Return what is kept of a random key or link; one that nobody can guess needs no slow hash."""
    return sha256(secret.encode()).digest()


def mac(body: bytes, *, purpose: str) -> bytes:
    """Return the keyed digest that proves who wrote a body: nobody without the key can make it."""
    return hmac.digest(_derived(f"mac/{purpose}", 32), body, sha256)


def block_tokens(keys: Iterable[str]) -> list[int]:
    """Return signed 64-bit keyed tokens for blocking keys; a collision only adds a candidate."""
    key = _derived("blind/blocking", 32)
    return [
        int.from_bytes(hmac.digest(key, each.encode(), sha256)[:8], "big", signed=True)
        for each in keys
    ]
