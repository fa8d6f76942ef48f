"""Forms in one column: labels above, help under the label, errors that lead to their field."""

from django import forms, template
from django.forms.boundfield import BoundField
from django.utils.translation import gettext

register = template.Library()

CHOICE_KINDS = ("radio", "checkbox")


@register.inclusion_tag("web/ui/error_summary.html")
def error_summary(form: forms.BaseForm | None) -> dict[str, object]:
    """List everything that must be mended, each line a link to its field."""
    if form is None or not form.is_bound:
        return {"lines": []}
    lines = [{"text": text, "anchor": ""} for text in form.non_field_errors()]
    for bound in form:
        lines.extend(
            {
                "text": gettext("%(label)s: %(text)s") % {"label": bound.label, "text": text},
                "anchor": field_anchor(bound),
            }
            for text in bound.errors
        )
    return {"lines": lines}


def field_anchor(bound: BoundField) -> str:
    """Answer the id that a link to this field must lead to: a group starts at its first choice."""
    return bound.id_for_label or f"{bound.auto_id}_0"


@register.inclusion_tag("web/ui/field.html")
def field(bound: BoundField) -> dict[str, object]:
    """Show one field of a form with its label, help and errors."""
    kind = getattr(bound.field.widget, "input_type", "")
    return {
        "field": bound,
        "kind": kind,
        "group": bound.use_fieldset,
        "single_box": kind == "checkbox" and not bound.use_fieldset,
        "anchor": bound.auto_id,
    }


@register.inclusion_tag("web/ui/fields.html")
def fields(form: forms.BaseForm) -> dict[str, object]:
    """Show all fields of a form in its own order, the hidden ones without a trace."""
    return {"form": form}


@register.inclusion_tag("web/ui/form_buttons.html")
def form_buttons(
    label: str, *, cancel_url: str = "", name: str = "", value: str = ""
) -> dict[str, object]:
    """Close a form with its one main act and a way out."""
    return {"label": label, "cancel_url": cancel_url, "name": name, "value": value}
