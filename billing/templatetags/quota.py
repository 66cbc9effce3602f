"""`{% quota_banner %}`: says so on every page when events are, or soon will be, refused."""

from __future__ import annotations

from typing import Any

from django import template

from billing import selectors

NEAR = 80
"""Percent of a limit from which people are warned."""

register = template.Library()


@register.inclusion_tag("billing/banner.html", takes_context=True)
def quota_banner(context: dict[str, Any]) -> dict[str, Any]:
    """For the page's `organization`, if it has one. Two small queries."""
    organization = context.get("organization")
    if organization is None:
        return {}
    standing = selectors.standing(organization)
    is_near = standing.percent is not None and standing.percent >= NEAR
    return {
        "organization": organization,
        "standing": standing if standing.is_refusing or is_near else None,
    }
