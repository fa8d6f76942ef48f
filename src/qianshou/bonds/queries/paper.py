"""The agreement of a pair as a paper: the filled text, who has signed, and the hash."""

from django.utils import translation
from django.utils.translation import gettext as _

from qianshou.bonds.models import Agreement, Means, Side
from qianshou.bonds.queries import mine
from qianshou.common import papers


def pdf_of(agreement: Agreement) -> bytes:
    """Return the agreement as PDF/A; the text is Chinese whoever looks at it."""
    with translation.override("zh-hans"):
        signed = {each.side: each for each in agreement.signatures.all()}
        data = {
            "head": agreement.fields.get("office", ""),
            "foot": f"SHA-256 {agreement.sha256}",
            "heading": agreement.text.title,
            "sub": _("Version %(version)d") % {"version": agreement.text.version},
            "paragraphs": mine.paragraphs_of(agreement),
            "line": _("Signature and day"),
            "sides": [
                {"label": str(Side(side).label), "name": agreement.fields.get(name, ""),
                 "signed": _signed(signed.get(side))}
                for side, name in (
                    (Side.OFFICE, "office"), (Side.MOTHER, "mother"), (Side.GUARDIAN, "guardian")
                )
            ],
        }  # fmt: skip
        return papers.render(
            "bonds/agreement", data, title=agreement.text.title, language="zh-hans",
            at=agreement.drawn_at,
        )  # fmt: skip


def _signed(signature: object) -> str:
    if signature is None:
        return ""
    means = Means(signature.means).label  # type: ignore[attr-defined]
    day = signature.signed_on.isoformat()  # type: ignore[attr-defined]
    return _("Signed on %(day)s (%(means)s)") % {"day": day, "means": means}
