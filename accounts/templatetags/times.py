"""Moments, in the time zone of who reads them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from django import template
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

_EXACT = "j M Y, H:i:s T"
_FINER_UNIT = re.compile(r", [^,]+(?= ago$)")
"""In "1 week, 3 days ago", what nobody reads."""


@register.filter
def moment(at: datetime | None, form: str = "j M Y, H:i") -> str:
    """A moment; pointing at it tells the second, the zone and UTC."""
    return _time(at, date_format(timezone.localtime(at), form)) if at else ""


@register.filter
def ago(at: datetime | None) -> str:
    """How long ago a moment is; pointing at it tells as much as with `moment`."""
    return _time(at, _FINER_UNIT.sub("", str(naturaltime(at)))) if at else ""


def _time(at: datetime, words: str) -> SafeString:
    local, utc = timezone.localtime(at), at.astimezone(UTC)
    title = date_format(local, _EXACT)
    if local.utcoffset() != utc.utcoffset():
        title += f" ({date_format(utc, _EXACT)})"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', utc.isoformat(timespec="seconds"), title, words
    )
