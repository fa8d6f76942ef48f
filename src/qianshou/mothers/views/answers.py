"""Answers that several views give: papers as downloads."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from qianshou.accounts.http import SignedInRequest
from qianshou.mothers.actions import printing
from qianshou.mothers.queries import serving


def paper(content: bytes, name: str) -> HttpResponse:
    """Return a paper; it is never kept by a cache."""
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="{name}.pdf"',
            "Cache-Control": "no-store",
        },
    )


def certificate(request: SignedInRequest, made: Any) -> HttpResponse:
    """Return a certificate with the address at which anybody checks it."""
    number = serving.number_of(made)
    url = request.build_absolute_uri(reverse("mothers:verify", kwargs={"number": number}))
    content = printing.print_certificate(
        made, by=request.user, verify_url=url, now=timezone.localtime()
    )
    return paper(content, made.stem)
