"""What kinds of messages and problems of a line are called."""

from typing import Final

from qianshou.outbound.rules import kinds


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


KINDS: Final = {
    kinds.CHANGED: _("A child's file is new or has changed"),
    kinds.MERGED: _("Two files turned out to be one child"),
    kinds.UNMERGED: _("A merge was undone"),
    kinds.RAISED: _("A child's grade became more urgent"),
    kinds.STARTED: _("A pairing began"),
}
PROBLEMS: Final = {
    "NO_SECRET": _("No secret is entered, so nothing can be signed."),
    "ANSWER": _("The receiver answered with status %(value)s."),
    "NOT_APPROVED": _("The destination %(value)s is not approved."),
    "DESTINATION": _("The address cannot be used: %(value)s."),
    "UNREACHABLE": _("%(value)s cannot be reached."),
    "CERTIFICATE": _("The certificate of %(value)s is not trusted."),
    "STALLED": _("%(value)s did not answer in time."),
    "REDIRECT": _("The receiver wants to send us elsewhere, to %(value)s; we do not go."),
    "TOO_BIG": _("The answer is larger than %(value)s."),
    "BROKEN": _("The connection broke: %(value)s."),
}
