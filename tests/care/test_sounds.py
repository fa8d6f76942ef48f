"""A voice note is known by its bytes, to the last one."""

import contextlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qianshou.care.rules import sounds
from tests import make_recordings as make

KINDS = {
    sounds.OGG: make.an_ogg, sounds.WEBM: make.a_webm, sounds.MP4: make.an_m4a,
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seconds", [1, 179])
def test_a_recording_is_known_with_its_length(kind, seconds):
    found = sounds.read(KINDS[kind](seconds))

    assert (found.type, round(found.seconds)) == (kind, seconds)


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"OggS", b"<html>", b"MZ" + bytes(400), b"%PDF-1.7", b"#!AMR\n" + bytes(99),
        make.a_photo(), make.a_webm(track=1), make.a_webm(doctype=b"matroska"), make.a_webm(0),
        make.an_m4a(handler=b"vide"), make.an_ogg(0), b"\x1a\x45\xdf\xa3" + bytes(99),
        b"OggS" + b"\xff" * 999, b"\0\0\0\x08ftyp", b"\0\0\0\x01ftyp" + b"\xff" * 40,
    ],
)  # fmt: skip
def test_what_is_no_recording_is_refused(raw):
    with pytest.raises(sounds.NoSound):
        sounds.read(raw)


@pytest.mark.parametrize("kind", KINDS)
def test_what_hangs_on_behind_or_is_cut_is_refused(kind):
    whole = KINDS[kind](3)

    for raw in (whole + b"PK\3\4 something else", whole[:-7]):
        with pytest.raises(sounds.NoSound):
            sounds.read(raw)


@given(st.sampled_from(sorted(KINDS)), st.integers(0, 2**32), st.integers(1, 12))
@settings(max_examples=150, deadline=None)
def test_no_change_of_bytes_breaks_the_reader(kind, seed, changes):
    raw, dice = bytearray(KINDS[kind](2)), random.Random(seed)
    for _ in range(changes):
        raw[dice.randrange(len(raw))] = dice.randrange(256)

    with contextlib.suppress(sounds.NoSound):
        assert sounds.read(bytes(raw)).seconds >= 0
