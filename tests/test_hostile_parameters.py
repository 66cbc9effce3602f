"""Whatever a member sends to a page of their own, the page answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.services import NewTenant
from tests.test_tenancy_parameters import HARMLESS, OWN_PAGES, parameters
from tests.test_tenancy_walk import ARGUMENT, TENANT_ROUTES, path_of, rows_of


@pytest.mark.parametrize("route", OWN_PAGES)
def test_no_page_fails_on_what_it_is_sent(
    route: str, tenant: NewTenant, owner: User, signed_in: Callable[[User], Client]
) -> None:
    rows = rows_of(tenant)
    path, client = path_of(route, rows), signed_in(owner)
    for value in ("\0", "9" * 30):
        sent: dict[str, Any] = dict.fromkeys({*parameters(rows), *HARMLESS, "name", "email"}, value)
        for answer in (client.get(path, sent), client.post(path, sent)):
            assert answer.status_code < 500, value


@pytest.mark.parametrize("slug", ["%00", "%FF", "%E2%80%AE", "a" * 300])
def test_a_slug_that_cannot_be_is_not_found(
    slug: str, owner: User, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(owner)
    for route in TENANT_ROUTES:
        arguments: dict[str, object] = dict.fromkeys(ARGUMENT.findall(route), 1)
        path = path_of(route, arguments | {"organization": slug, "project": slug})
        assert client.get(path).status_code in (404, 405), path
