"""What the pages of department data read from a request, and forms that pages above share."""

from typing import Any

from qianshou.accounts.http import SignedInRequest
from qianshou.exchange.forms import SecretForm, WayForm

__all__ = ["SecretForm", "WayForm", "posted"]


def posted(request: SignedInRequest) -> tuple[Any, Any]:
    """Return what was sent, also if it was nothing; a page only looked at has sent None."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)
