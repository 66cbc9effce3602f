"""How fields and their values are shown."""

from __future__ import annotations

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.template.defaultfilters import truncatechars

from ingestion.metadata import Scalar, as_text
from ingestion.models import Field
from ingestion.sketch import is_exact

register = template.Library()


@register.filter
def sample(value: Scalar, length: int) -> str:
    """A value on one line of up to `length` characters."""
    return truncatechars(" ".join(as_text(value).split()), length)


@register.filter
def distinct(field: Field) -> str:
    """The number of a field's distinct values: `12`, or `≈ 1,300` where it is estimated."""
    if is_exact(field.sketch):
        return intcomma(field.distinct)
    return f"≈ {intcomma(_two_digits(field.distinct))}"


@register.filter
def percent(share: float) -> str:
    """A share from 0 to 1, rounded, but never to nothing or to everything."""
    if 0 < share < 0.01:
        return "< 1 %"
    if 0.99 < share < 1:
        return "> 99 %"
    return f"{share:.0%}".replace("%", " %")


@register.filter
def dot(number: float) -> str:
    """A number for an attribute of HTML."""
    return f"{number:.4f}"


def _two_digits(number: int) -> int:
    """Round to the digits that an estimate with 9 % error can claim."""
    return round(number, 2 - len(str(number)))
