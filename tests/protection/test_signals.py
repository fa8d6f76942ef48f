"""Signals: danger words with what stands around them, patterns over weeks, and the week's cap."""

from datetime import date, timedelta

import pytest

from bench import signals as bench
from qianshou.common import bus
from qianshou.common.errors import NotFound
from qianshou.protection.actions import configuring, judging, signalling
from qianshou.protection.events import TalkWanted
from qianshou.protection.models import Signal
from qianshou.protection.queries import extensions, signals, wording
from qianshou.protection.rules import danger, patterns
from tests import make, make_care, make_pairing, make_protection

TODAY = make.TODAY


def found(text, *lines):
    listed = danger.parse("\n".join(lines)) if lines else wording.shipped()
    return [hit.word.term for hit in danger.find(text, listed)]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("他说爸爸打他", ["打他"]),
        ("他說爸爸打他", ["打他"]),
        ("爸爸　打 他", ["打他"]),
        ("没有人打他", []),
        ("他说爸爸没有打他", []),
        ("有没有人打他？他低头不说话", ["打他"]),
        ("我问有没有人打他，他说没有", []),
        ("有事就打他电话", []),
        ("不敢回家", ["不敢回家"]),
        ("没想到爸爸打他", ["打他"]),
        ("如果有人打他要告诉我", []),
        ("放学后碰到他，爸爸打他了", ["打他"]),
        ("看了关于欺凌的电影", []),
        ("电影散场。后来他被打", ["被打"]),
        ("遭打惨了", ["遭打"]),
        ("She has BRUISES on her arm", ["bruises"]),
        ("nobody hit her", []),
        ("", []),
        ("😢" * 1000, []),
    ],
)
def test_a_word_counts_by_what_stands_around_it(text, terms):
    assert found(text) == terms


def test_a_light_word_alone_raises_nothing_and_kinds_add_up():
    hits = danger.find("做噩梦", wording.shipped())
    both = danger.find("他说爸爸打他，他不敢回家，晚上做噩梦", wording.shipped())

    assert danger.weight_of(hits) == 1 < danger.ENOUGH
    assert danger.weight_of(both) == 7
    long = "啊" * 500 + "打他" + "呀" * 500
    assert len(danger.excerpt(long, danger.find(long, wording.shipped()))) == 50


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("打 | VIOLENCE | 3", "term"), ("打他 | ODD | 3", "kind"),
        ("打他 | VIOLENCE | 9", "weight"),
        ("打他 | VIOLENCE | 3 | fr", "language"), ("打他|VIOLENCE|3|zh|a|b", "parts"),
        ("打他|VIOLENCE|3\n打他|FEAR|1", "twice"), ("# nothing", "empty"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_read_is_named(line, problem):
    with pytest.raises(danger.BadLine) as bad:
        danger.parse(line)

    assert bad.value.problem == problem


def test_an_edited_list_reads_back_as_it_was():
    assert tuple(wording.read_text(wording.as_text(wording.shipped()))) == wording.shipped()


def test_the_rules_beat_plain_search_for_the_same_words():
    own, floor = bench.results(1500, seed=3)

    assert own["precision"] > 3 * floor["precision"]
    assert own["recall"] > floor["recall"] - 0.1


DAYS = [TODAY - timedelta(days=ago) for ago in (60, 53, 46, 39)]


def test_patterns_are_seen_and_their_absence_too():
    falling = [(TODAY - timedelta(weeks=w), mood) for w, mood in ((4, 5), (3, 4), (2, 3), (1, 2))]
    in_vain = [(TODAY - timedelta(days=d), False) for d in (1, 4, 8)]

    assert patterns.stopped(DAYS, today=TODAY).figures == (39,)
    assert patterns.mood_fell(falling, today=TODAY).figures == (5.0, 2.0)
    assert patterns.not_reached(in_vain, today=TODAY).figures == (3,)
    assert patterns.stopped([*DAYS, TODAY - timedelta(days=9)], today=TODAY) is None
    assert patterns.stopped(DAYS[:3], today=TODAY) is None
    assert patterns.mood_fell([*falling[:3], (TODAY, 5)], today=TODAY) is None
    assert patterns.not_reached([*in_vain, (TODAY, True)], today=TODAY) is None


@pytest.fixture
def stage(db):
    _user, mother = make_care.a_carer()
    return make_care.a_pairing(mother), make_protection.a_circle()


def a_note(pairing, text, number):
    return signalling.Note(
        text, pairing.child_id, pairing.pk, pairing.area_code, f"contact/{number}", make.now()
    )


def test_a_note_is_raised_once_and_a_plain_one_asks_nothing(stage, django_assert_num_queries):
    pairing, _circle = stage
    note = a_note(pairing, "他说爸爸打他", 1)

    signalling.look_at_notes([note, note, a_note(pairing, "", 2)])
    signalling.look_at_note(note)
    with django_assert_num_queries(1):
        signalling.look_at_notes([a_note(pairing, "很开心", each) for each in range(100)])

    assert Signal.objects.get().excerpt.open() == "他说爸爸打他"


def test_the_cap_shows_the_gravest_and_keeps_the_rest(stage):
    pairing, circle = stage
    lead = circle["LEAD"]
    texts = ["爸爸打他", "他说想死", "同学欺负他", "爸爸打他，他不敢回家", "被打了"]
    for number, text in enumerate(texts):
        signalling.look_at_note(a_note(pairing, text, number))
    today = make.now().date()

    shown = signals.to_look_at(lead, make.COUNTY, today=today)
    assert [each.weight for each in shown] == [7, 5, 3]
    assert signals.kept_back(lead, make.COUNTY, today=today) == 2
    judging.decide(shown[0], by=lead, act="nothing", reason="玩笑", now=make.now())
    # What was decided counts for the week, so nothing takes its place.
    assert len(signals.to_look_at(lead, make.COUNTY, today=today)) == 2
    assert signals.all_waiting(lead, make.COUNTY).count() == 4


def test_nothing_follows_but_what_a_person_decides(stage):
    pairing, circle = stage
    heard = []
    bus.on(TalkWanted)(heard.append)
    signal = signalling.look_at_note(a_note(pairing, "爸爸打他", 1))
    assert heard == []

    with pytest.raises(NotFound):
        judging.decide(signal, by=circle["LEADER"], act="talk", reason="x", now=make.now())
    with pytest.raises(judging.ReasonNeeded):
        judging.decide(signal, by=circle["LEAD"], act="talk", reason=" ", now=make.now())
    judging.decide(signal, by=circle["LEAD"], act="talk", reason="聊聊", now=make.now())
    with pytest.raises(judging.AlreadyDecided):
        judging.decide(signal, by=circle["DEPUTY"], act="nothing", reason="x", now=make.now())

    assert heard == [TalkWanted(pairing.child_id, pairing.pk, "TALK", signal.pk)]
    (figure,) = signals.figures(circle["LEAD"], make.COUNTY, since=date(2020, 1, 1))
    assert (figure.term, figure.raised, figure.acted, figure.false_share) == ("打他", 1, 1, 0)
    bus._handlers[TalkWanted].remove(heard.append)


def test_a_countys_own_words_count_there_and_nowhere_else(stage):
    pairing, circle = stage
    words = danger.parse("装病 | FEAR | 3")
    configuring.publish_words(make.COUNTY, by=circle["LEAD"], now=make.now(), words=words)

    assert signalling.look_at_note(a_note(pairing, "又装病", 1)).words_version == 1
    assert signalling.look_at_note(a_note(pairing, "爸爸打他", 2)) is None
    assert wording.words_for(make.OTHER_COUNTY) == (wording.shipped(), 0)


def test_patterns_of_care_are_raised_by_night_once(stage):
    pairing, _circle = stage
    child = make_pairing.a_child()
    touches = tuple(extensions.Touch(day, 3) for day in DAYS)

    def told(_county, _since):
        return [extensions.History(pairing.pk, child.pk, touches)]

    extensions._providers.append(told)
    try:
        assert [signalling.look_through(make.COUNTY, today=TODAY) for _ in range(2)] == [1, 0]
    finally:
        extensions._providers.remove(told)
    assert Signal.objects.get().kind == "STOPPED"
    # Care itself has told of its pairs, of which none was in touch.
    assert len(extensions._providers) == 1
