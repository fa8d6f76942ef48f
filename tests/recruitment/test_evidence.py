"""Certificates: what a file truly is, how large it may be, and that it lies sealed."""

import io
from datetime import timedelta
from hashlib import sha256

import pytest
from django.test import RequestFactory

from qianshou.common.errors import NotAllowed
from qianshou.config.middleware import BodyLimit
from qianshou.recruitment.actions import checking
from qianshou.recruitment.rules import evidence, life
from tests import make
from tests import make_recruits as recruits
from tests.make_recruits import PDF, TODAY

JPEG = b"\xff\xd8\xff\xe0" + b"x" * 40 + b"\xff\xd9"
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 40 + b"IEND\xaeB`\x82"


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def check(db):
    application = recruits.an_application(life.SCREENING)
    return checking.request(
        application, "CRIME", by=make.a_worker(), authority="公安机关",
        requested_on=TODAY - timedelta(1), today=TODAY,
    )  # fmt: skip


def answered(check, content):
    return checking.answer(
        check, by=make.a_worker(), result="CLEAR", received_on=TODAY, today=TODAY,
        certificate=io.BytesIO(content),
    )  # fmt: skip


@pytest.mark.parametrize(("content", "kind"), [(PDF, "pdf"), (JPEG, "jpg"), (PNG, "png")])
def test_document_or_picture_is_kept_sealed_and_read_back(check, content, kind, tmp_path):
    row = answered(check, content)

    assert evidence.KINDS[row.evidence_type] == kind
    assert row.evidence_sha256 == sha256(content).hexdigest()
    assert row.evidence_size == len(content)
    (kept,) = (tmp_path / "screening").iterdir()
    assert content not in kept.read_bytes()
    assert oct(kept.stat().st_mode)[-3:] == "600"
    assert checking.open_certificate(row, by=make.a_user("clerk"))[0] == content


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00" + b"x" * 100, b"\x7fELF" + b"x" * 100, b"#!/bin/sh\nrm -rf x\n", b"",
        b"PK\x03\x04" + b"x" * 100, b"<html><script>pwn()</script></html>",
        b"%PDF-1.7\n but no end", b"\x89PNG\r\n\x1a\n" + b"x" * 40 + b"MZ\x90 and more",
        b"\xff\xd8\xff\xe0" + b"x" * 40,
    ],
)  # fmt: skip
def test_what_is_something_else_is_refused_and_nothing_is_kept(check, content, tmp_path):
    with pytest.raises(checking.EvidenceUnknown):
        answered(check, content)

    check.refresh_from_db()
    assert (check.result, check.evidence_sha256) == ("PENDING", "")
    assert not list(tmp_path.glob("screening/*"))


class Endless(io.RawIOBase):
    """A stream of a picture that never ends, and counts what was read of it."""

    taken = 0

    def read(self, size=-1):
        """Give a block and count it."""
        self.taken += size
        return (JPEG if self.taken == size else b"") + b"x" * (size - len(JPEG))


def test_large_file_is_given_up_at_its_limit(check):
    stream = Endless()
    with pytest.raises(checking.EvidenceTooBig):
        checking.answer(
            check, by=make.a_worker(), result="CLEAR", received_on=TODAY, today=TODAY,
            certificate=stream,
        )  # fmt: skip
    assert stream.taken <= evidence.MOST_BYTES + 2 * checking.BLOCK


@pytest.mark.parametrize("role", ["fed_town", "fed_city", "auditor"])
def test_certificate_is_for_two_roles(check, role):
    row = answered(check, PDF)
    with pytest.raises(NotAllowed):
        checking.open_certificate(row, by=make.a_user(role))


class Untouched(io.BytesIO):
    """A body that nobody may read."""

    def read(self, *_args):
        """Fail."""
        pytest.fail("the body was read")


def a_request(size, language="en"):
    request = RequestFactory().generic(
        "POST", "/recruitment/", b"x", content_type="multipart/form-data; boundary=b",
        headers={"accept-language": language},
    )  # fmt: skip
    request.META["CONTENT_LENGTH"] = str(size)
    request.META["wsgi.input"] = request._stream = Untouched()
    return request


def test_two_gigabytes_are_refused_without_being_read():
    answer = BodyLimit(lambda _request: pytest.fail("went on"))(a_request(2 << 30))

    assert answer.status_code == 413
    assert "too large" in answer.content.decode()
    assert 'lang="en"' in answer.content.decode()


def test_what_fits_goes_on():
    """Negative control."""
    seen = []
    BodyLimit(lambda request: seen.append(request) or "answer")(a_request(1 << 20))
    assert len(seen) == 1
