"""The value lists of a policy in words: which words are one, who needs what, what an end means."""

from collections.abc import Iterable, Mapping
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from qianshou.engines.matching.values import CLOSURES, EARLIER, POINTS, WORDS, Values
from qianshou.mothers.rules.words import AXES, LANGUAGES, TIMES
from qianshou.pairing.models import EndCause
from qianshou.registry.queries import words as files

SAME_WORDS: Final = {
    "languages": gettext_noop("languages that count as one"),
    "times": gettext_noop("times that count as one"),
    "interests": gettext_noop("interests that count as one"),
}
IGNORED_WORDS: Final = {
    "languages": gettext_noop("languages that do not count"),
    "times": gettext_noop("times that do not count"),
    "interests": gettext_noop("interests that do not count"),
}
NEEDS_WORDS: Final = {
    "trauma": gettext_noop("who needs a mother trained to help a troubled mind"),
    "disability": gettext_noop("who needs a mother trained to care for a disability"),
    "justice": gettext_noop("who needs a mother trained to work with young offenders"),
}
HAS_WORDS: Final = {
    "trauma": gettext_noop("who is trained to help a troubled mind"),
    "disability": gettext_noop("who is trained to care for a disability"),
    "justice": gettext_noop("who is trained to work with young offenders"),
}
EARLIER_WORDS: Final = {
    "barred": gettext_noop("ends after which the two are not proposed again"),
    "kept": gettext_noop("ends that count as a pairing kept to term"),
}
POINT_WORDS: Final = {
    "unknown": gettext_noop("points where times or skills are not known"),
    "dialect": gettext_noop("points for a dialect in common"),
    "ethnicity": gettext_noop("points for the same ethnicity"),
    "shared_interest": gettext_noop("points for each interest or dislike in common"),
    "settled": gettext_noop("points for years of residence"),
    "kept": gettext_noop("points for pairings kept to term"),
}
WORDS_OF: Final[Mapping[str, Mapping[str, str]]] = {"languages": LANGUAGES, "times": TIMES}


def rows(values: Values) -> list[tuple[str, str]]:
    """Return every list and number of a policy's values with its label, in a fixed order."""
    return [*_word_rows(values), *_qualification_rows(values), *_earlier_rows(values),
            *((_(POINT_WORDS[name]), str(values.points[name])) for name in POINTS)]  # fmt: skip


def _word_rows(values: Values) -> Iterable[tuple[str, str]]:
    for name in WORDS:
        listed, known = values.words[name], WORDS_OF.get(name, {})
        kinds = [" = ".join(_word(known, each) for each in kind) for kind in listed.same]
        ignored = [_word(known, each) for each in sorted(listed.ignored)]
        yield _(SAME_WORDS[name]), _listed(kinds)
        yield _(IGNORED_WORDS[name]), _listed(ignored)


def _qualification_rows(values: Values) -> Iterable[tuple[str, str]]:
    for name, label in NEEDS_WORDS.items():
        asked = values.qualifications.get(name)
        if asked is None or not asked.when:
            yield _(label), _("no child so far")
            continue
        needs = _facts(asked.when)
        if asked.unless:
            needs = _("%(facts)s; but not: %(others)s") % {
                "facts": needs, "others": _facts(asked.unless),
            }  # fmt: skip
        yield _(label), needs
        yield _(HAS_WORDS[name]), _("%(skill)s from %(level)d on") % {
            "skill": _(AXES[asked.axis]), "level": asked.level,
        }  # fmt: skip


def _facts(listed: Mapping[str, tuple[str, ...]]) -> str:
    return _(", ").join(
        _("%(fact)s: %(values)s")
        % {"fact": files.label_of(name), "values": "/".join(_value(name, each) for each in codes)}
        for name, codes in listed.items()
    )


def _value(name: str, code: str) -> str:
    plain: object = {"true": True, "false": False}.get(code, code)
    return files.value_of(name, plain)


def _earlier_rows(values: Values) -> Iterable[tuple[str, str]]:
    said = {str(code): str(label) for code, label in EndCause.choices}
    said["UNSTATED"] = _("cause not stated")
    for name in EARLIER:
        listed = [said[code] for code in CLOSURES if code in values.earlier[name]]
        every = len(listed) == len(CLOSURES)
        yield _(EARLIER_WORDS[name]), _("every end") if every else _listed(listed)


def _word(known: Mapping[str, str], code: str) -> str:
    return _(known[code]) if code in known else code


def _listed(words: list[str]) -> str:
    return _(", ").join(words) if words else _("none")
