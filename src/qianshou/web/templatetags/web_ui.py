"""The component library of every page: `{% load web_ui %}` brings all of its tags and filters.

The tags live in modules by subject beside this one; this module only gathers them, so that a page
needs one line. The living page at /components/ shows each of them in all its states.
"""

from django import template

from qianshou.web.templatetags import (
    web_charts,
    web_facts,
    web_format,
    web_forms,
    web_frame,
    web_marks,
    web_progress,
    web_review,
    web_tables,
)

register = template.Library()

PARTS = (
    web_charts,
    web_facts,
    web_format,
    web_forms,
    web_frame,
    web_marks,
    web_progress,
    web_review,
    web_tables,
)

for part in PARTS:
    register.tags.update(part.register.tags)
    register.filters.update(part.register.filters)
