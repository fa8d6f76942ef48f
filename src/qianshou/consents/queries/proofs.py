"""The proof of an answer given from afar, and whether it still stands as it was signed."""

import json
from typing import Any

from qianshou.common import crypto
from qianshou.registry.models import Consent

PURPOSE = "consents.proof"


def statement_of(consent: Consent) -> bytes:
    """Return what was signed as canonical text: who, as what, to which text, when and how.

    The child is the one of the file at the time of signing; files may be joined later.
    """
    proof: dict[str, Any] = consent.proof
    said = {
        "consent": str(consent.pk),
        "child": proof["child"],
        "guardian": str(consent.guardian_id),
        "capacity": consent.capacity,
        "basis": consent.basis,
        "purpose": consent.purpose,
        "given": consent.given,
        "parties": consent.parties,
        "text_version": consent.text_version,
        "text_sha256": consent.text_sha256,
        "language": proof["language"],
        "means": proof["means"],
        "request": proof["request"],
        "at": proof["at"],
    }
    return json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def digest_of(consent: Consent) -> str:
    """Return the keyed digest over what was signed."""
    return crypto.mac(statement_of(consent), purpose=PURPOSE).hex()


def stands(consent: Consent) -> bool:
    """Tell whether an answer is still what was signed; one on paper has its proof elsewhere."""
    if consent.channel != Consent.Channel.REMOTE:
        return True
    return bool(consent.proof.get("mac") == digest_of(consent))
