"""The component tags: what they draw, that they escape, and that the living page shows them all."""

import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.contrib.messages.storage.base import Message
from django.core.paginator import Paginator
from django.template import Context, Template, TemplateSyntaxError
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory
from django.utils import translation

from qianshou.web.templatetags import web_frame, web_review, web_samples, web_tables, web_ui

WEB = Path(web_ui.__file__).parents[1]
HOSTILE = '"><script>alert(1)</script>'
INLINE = re.compile(r"\sstyle=|\son[a-z]+=|<style|<script(?![^>]*\bsrc=)")


@pytest.fixture(autouse=True)
def _plain_static_files(settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


def draw(source: str, path: str = "/", cookies: dict[str, str] | None = None, **given: Any) -> str:
    request = RequestFactory().get(path)
    request.COOKIES.update(cookies or {})
    context = Context({"request": request, "csrf_token": "token", **given})
    return Template("{% load web_ui %}" + source).render(context)


def living_page() -> str:
    return render_to_string("web/components.html", request=RequestFactory().get("/components/"))


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
def test_living_page_is_drawn_without_inline_script_or_style(language):
    with translation.override(language):
        page = living_page()

    assert INLINE.findall(page) == []
    assert f'<html lang="{language}"' in page


def test_inline_script_and_style_would_be_found():
    assert INLINE.findall('<p style="color:red" onclick="x()"><script>1</script>')


def test_living_page_uses_each_id_once():
    ids = Counter(re.findall(r'\sid="([^"]+)"', living_page()))

    assert [name for name, times in ids.items() if times > 1] == []


def test_living_page_labels_point_to_fields_that_exist():
    page = living_page()

    ids = set(re.findall(r'\sid="([^"]+)"', page))
    assert set(re.findall(r'<label for="([^"]+)"', page)) - ids == set()


def test_every_icon_named_in_a_template_is_in_the_sprite():
    sprite = (WEB / "static" / "web" / "icons.svg").read_text(encoding="utf-8")
    drawn = set(re.findall(r'icons\.svg#([a-z-]+)"', living_page()))

    assert drawn - set(re.findall(r'<symbol id="([^"]+)"', sprite)) == set()


def test_living_page_shows_every_tag():
    folder = WEB / "templates" / "web"
    pages = [folder / "components.html", *folder.rglob("*.html")]
    source = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    used = set(re.findall(r"\{% (\w+)", source))

    # A panel that asks again by itself would keep the living page from ever standing still, and
    # `empty` is the short name of `empty_state`.
    assert set(web_ui.register.tags) - used - {"poll", "empty"} == set()


@pytest.mark.parametrize(
    "source",
    [
        "{% page_header text lead=text back_url='/' back_label=text %}{% endpage_header %}",
        "{% file_header text subtitle=text %}{% endfile_header %}",
        "{% card text url=text %}{% endcard %}",
        "{% fold_card text id='x' brief=text tone='warn' %}{% endfold_card %}",
        "{% fold_card text id='x' brief=text %}{% endfold_card %}",
        "{% section text lead=text %}{% endsection %}",
        "{% callout 'info' text %}{% endcallout %}",
        "{% stat text text unit=text url=text note=text %}",
        "{% task text text act=text why=text %}",
        "{% empty_state text text=text %}{% endempty_state %}",
        "{% dialog 'x' text %}{% enddialog %}",
        "{% state text %}{% tag text %}{% initials text %}{% copy text %}{% icon 'x' label=text %}",
        "{% select_row text text %}",
        "{% sourced text source=text row=text trust=text %}",
        "{% folded text action=text hint=text kind=text %}{% endfolded %}",
        "{% event day text who=text %}{{ text }}{% endevent %}",
        "{% progress 1 2 text words=text %}",
        "{% differ text '' %}",
        "{% undo_form text text %}",
        (
            "{% datatable text %}<thead><tr><th>{{ text }}</th></tr></thead>"
            "<tbody><tr><td>{{ text }}</td></tr></tbody>{% enddatatable %}"
        ),
    ],
)
def test_tags_escape_what_people_typed(source):
    drawn = draw(source, text=HOSTILE, day=date(2026, 11, 23))

    assert "<script" not in drawn
    assert "script" in drawn


def test_grade_has_colour_shape_and_word():
    drawn = draw('{% grade "RED" short=True %}')

    assert 'class="grade red"' in drawn
    assert "#octagon" in drawn
    assert re.search(r"<span>\w+</span>", drawn)


@pytest.mark.parametrize("code", ["", "PURPLE", None])
def test_grade_of_an_unknown_code_is_not_assessed(code):
    assert 'class="grade none"' in draw("{% grade code %}", code=code)


@pytest.mark.parametrize(
    ("path", "direction", "url"),
    [
        ("/?page=3&grade=RED", None, "?grade=RED&amp;sort=name"),
        ("/?sort=name", "ascending", "?sort=-name"),
        ("/?sort=-name", "descending", "?sort=name"),
    ],
)
def test_sortable_turns_round_and_leaves_the_page_number(path, direction, url):
    drawn = draw('{% sortable "name" "Name" %}', path)

    assert f'href="{url}"' in drawn
    assert ("aria-sort" in drawn) is (direction is not None)
    assert direction is None or f'aria-sort="{direction}"' in drawn


def test_query_changes_one_parameter_and_keeps_the_others():
    drawn = draw("{% query page=2 sort=None %}", "/?q=张&sort=name&page=9")

    assert drawn == "?q=%E5%BC%A0&amp;page=2"


def test_datatable_names_the_column_in_every_cell():
    drawn = draw(
        "{% datatable 'x' %}<thead><tr>{% select_all %}<th>Name</th><th>Age &amp; more</th></tr>"
        "</thead><tbody><tr>{% select_row 1 'a' %}<th>A</th><td>7</td></tr>"
        "<tr>{% select_row 2 'b' %}<th>B</th><td>8</td></tr></tbody>{% enddatatable %}"
    )

    assert drawn.count('<th data-label="Name">') == 2
    assert drawn.count('<td data-label="Age &amp; more">') == 2


@pytest.mark.parametrize(
    ("current", "last", "numbers"),
    [
        (1, 1, [1]),
        (1, 84, [1, 2, 3, None, 84]),
        (40, 84, [1, None, 38, 39, 40, 41, 42, None, 84]),
        (3, 5, [1, 2, 3, 4, 5]),
    ],
)
def test_pagination_leads_to_the_ends_and_the_neighbours(current, last, numbers):
    assert web_tables._numbers_around(current, last) == numbers


def test_pagination_tells_where_the_page_stands_and_keeps_filters():
    page = Paginator(range(1234), 50).get_page(2)

    with translation.override("en"):
        drawn = draw("{% pagination page noun='people' %}", "/?grade=RED", page=page)

    assert "51–100 of 1,234 people" in drawn
    assert 'href="?grade=RED&amp;page=3"' in drawn


GRADES = {"name": "grade", "label": "Grade", "choices": [("RED", "Red", 12), ("GREEN", "Green")]}


def test_filters_choose_take_away_and_clear():
    drawn = draw("{% filters given %}", "/?grade=RED&page=2&q=a", given=[GRADES])

    assert re.search(r'chosen" id="chip-grade-RED" href="\?q=a"', drawn)
    assert re.search(
        r'id="chip-grade-GREEN" href="\?(q=a&amp;grade=GREEN|grade=GREEN&amp;q=a)"', drawn
    )
    assert 'href="?q=a" data-swap><svg' in drawn


def test_filters_add_up_where_several_may_be_chosen():
    drawn = draw("{% filters given %}", "/?grade=RED", given=[{**GRADES, "multiple": True}])

    assert 'id="chip-grade-GREEN" href="?grade=RED&amp;grade=GREEN"' in drawn


def test_searchbox_keeps_filters_and_drops_the_page():
    drawn = draw("{% searchbox %}", "/?q=a&grade=RED&page=4")

    assert '<input type="hidden" name="grade" value="RED">' in drawn
    assert 'name="page"' not in drawn
    assert 'name="q" value="a"' in drawn


def test_error_summary_leads_to_each_field_by_its_name():
    form = web_samples.SampleForm({"phone": "1380013800"}, auto_id="id_%s")

    drawn = draw("{% error_summary form %}{% fields form %}", form=form)

    assert re.search(r'<a href="#id_name">姓名', drawn)
    assert re.search(r'<a href="#id_channel_0">怎样联系', drawn)
    assert 'id="id_phone_error"' in drawn
    assert re.search(r'<input[^>]+aria-describedby="[^"]*id_phone_error[^>]*id="id_phone"', drawn)


def test_error_summary_of_a_fresh_form_is_empty():
    assert draw("{% error_summary form %}", form=web_samples.SampleForm()).strip() == ""


def test_error_summary_shows_what_concerns_the_whole_form():
    form = forms.Form({})
    form.add_error(None, "The pairing has ended.")

    assert "<li>The pairing has ended.</li>" in draw("{% error_summary form %}", form=form)


def test_folded_value_needs_a_reason_and_is_not_in_the_page():
    drawn = draw("{% folded 'ID' action='/reveal/' %}{{ nothing }}{% endfolded %}")

    assert 'name="reason" required' in drawn
    assert 'name="csrfmiddlewaretoken" value="token"' in drawn


def test_folded_value_that_was_asked_for_is_shown():
    drawn = draw("{% folded 'ID' action='/reveal/' %}500101{% endfolded %}")

    assert "500101" in drawn
    assert "<form" not in drawn


def test_poll_asks_again_until_it_is_done():
    source = "{% poll 'run' '/run/1/' every=3 done=done %}x{% endpoll %}"

    assert 'hx-trigger="every 3s"' in draw(source, done=False)
    assert "hx-get" not in draw(source, done=True)


def test_message_with_undo_offers_it():
    toast = web_frame._toast(Message(25, "Done", extra_tags="undo:/undo/7/"))

    assert toast == {"text": "Done", "level": "success", "undo": "/undo/7/"}


@pytest.mark.parametrize(
    ("cookies", "theme"), [({"theme": "dark"}, "dark"), ({"theme": HOSTILE}, ""), ({}, "")]
)
def test_look_answers_only_known_choices(cookies, theme):
    assert draw('{% look "theme" %}', cookies=cookies) == theme


def test_phone_bar_takes_marked_places_and_at_most_four():
    places = [{"label": str(number), "phone": number % 2 == 0} for number in range(12)]

    assert [each["label"] for each in web_frame.phone_nav(places)] == ["0", "2", "4", "6"]
    assert web_frame.phone_nav(None) == []


@pytest.mark.parametrize(
    ("value", "other", "drawn"),
    [
        ("冉佳怡", "冉家怡", "冉[佳]怡"),
        ("冉佳怡", "冉佳怡", "冉佳怡"),
        ("2016-03-12", "2016-12-03", "2016-[03]-[12]"),
        ("13812345678", "1381234578", "13812345[6]78"),
        ("", "x", ""),
    ],
)
def test_differ_marks_the_characters_that_the_other_lacks(value, other, drawn):
    marked = web_review.differ(value, other)

    assert marked.replace('<mark class="differs">', "[").replace("</mark>", "]") == drawn


def test_compare_says_in_words_what_the_evidence_means():
    rows = [{"label": "Name", "left": "A", "right": "B", "weight": "against"}]

    drawn = draw("{% compare rows left='x' right='y' %}", rows=rows)

    assert 'class="evidence against"' in drawn
    assert drawn.count('<mark class="differs">') == 2


def test_every_template_of_the_house_can_be_read():
    broken = []
    for path in sorted(WEB.parent.glob("*/templates/**/*.html")):
        name = str(
            path.relative_to(path.parents[len(path.parts) - path.parts.index("templates") - 2])
        )
        try:
            get_template(name)
        except TemplateSyntaxError as error:
            broken.append(f"{name}: {error}")

    assert broken == []


def test_datatable_lets_columns_after_the_name_be_hidden():
    source = (
        "{% datatable 'x' columns='children' %}<thead><tr>{% select_all %}<th>Name</th><th>Age</th>"
        "</tr></thead><tbody></tbody>{% enddatatable %}"
    )

    drawn = draw(source)

    assert 'data-columns="children"' in drawn
    assert re.findall(r'<input type="checkbox" value="(\d)" checked>(\w+)', drawn) == [("2", "Age")]


def test_folded_value_keeps_its_id_so_that_the_answer_finds_it():
    source = "{% folded 'ID' '/reveal/' kind='resident_id' %}{% endfolded %}"

    assert 'id="folded-resident_id"' in draw(source)
    assert draw("{% folded 'ID' '/x/' %}{% endfolded %}") == draw(
        "{% folded 'ID' '/x/' %}{% endfolded %}"
    )
