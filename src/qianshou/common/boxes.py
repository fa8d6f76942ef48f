"""Boxes that only the server opens: what a phone keeps until it has a signal.

The phone makes a key pair for one box, agrees on a secret with the server's public key (ECDH on
P-256), derives the key of AES-256-GCM from it (HKDF-SHA256) and forgets its private half, so that
not even the phone itself can read the box again. A box is
`version byte | the phone's public point (65 bytes) | 12-byte nonce | ciphertext and tag`.
"""

import os
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from django.conf import settings

from qianshou.common.crypto import Unreadable

VERSION: Final = 1
POINT: Final = 65
NONCE: Final = 12
TAG: Final = 16
INFO: Final = b"qianshou/box/1"
CURVE: Final = ec.SECP256R1()
ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@lru_cache(maxsize=1)
def _private() -> ec.EllipticCurvePrivateKey:
    """Derive the server's key from the master secret, with 64 bits to spare (FIPS 186-5 A.2.1)."""
    master: bytes = settings.FIELD_KEY
    seed = HKDFExpand(hashes.SHA256(), 40, b"box/1/p256").derive(master)
    return ec.derive_private_key(int.from_bytes(seed, "big") % (ORDER - 1) + 1, CURVE)


@lru_cache(maxsize=1)
def public_key() -> bytes:
    """Return the server's public point, as WebCrypto imports it (`raw`)."""
    return _point(_private().public_key())


def close(plain: bytes, *, bound: str) -> bytes:
    """Make a box as a phone does; `bound` names what it belongs to."""
    own = ec.generate_private_key(CURVE)
    point, nonce = _point(own.public_key()), os.urandom(NONCE)
    key = _derived(own.exchange(ec.ECDH(), _private().public_key()), point)
    return bytes((VERSION,)) + point + nonce + AESGCM(key).encrypt(nonce, plain, bound.encode())


def open_box(box: bytes, *, bound: str) -> bytes:
    """Return what is in a box; raises `Unreadable` if it was altered, moved or made for another."""
    if len(box) < 1 + POINT + NONCE + TAG or box[0] != VERSION:
        raise Unreadable
    point, nonce = box[1 : 1 + POINT], box[1 + POINT : 1 + POINT + NONCE]
    try:
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, point)
        key = _derived(_private().exchange(ec.ECDH(), theirs), point)
        return AESGCM(key).decrypt(nonce, box[1 + POINT + NONCE :], bound.encode())
    except (InvalidTag, ValueError) as problem:
        raise Unreadable from problem


def _derived(secret: bytes, point: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=point + public_key(), info=INFO).derive(secret)


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    encoding, form = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    return key.public_bytes(encoding, form)
