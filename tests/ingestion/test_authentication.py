"""Which keys are let in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import keys, services
from accounts.models import ApiKey, Project
from accounts.services import NewTenant
from ingestion.credentials import USED_EVERY, forget_credentials
from ingestion.models import Event
from tests.ingestion.conftest import Send


def refused(answer: Any) -> str:
    body = answer.json()
    assert (answer.status_code, body["code"]) == (401, "INVALID_API_KEY")
    assert answer["WWW-Authenticate"].startswith("Bearer")
    return str(body["error"])


def mistyped(key: str) -> str:
    return key[:-1] + ("a" if key[-1] != "a" else "b")


def test_a_missing_key_is_refused(send: Send) -> None:
    assert "X-API-Key" in refused(send(api_key=None))


@pytest.mark.parametrize("sent", ["x", "tur_live_", "日本", "tur_live_" + "0" * 49, "a" * 10_000])
def test_what_is_no_key_is_refused_without_the_database(send: Send, sent: str) -> None:
    headers = {"X-API-Key": sent.encode().decode("latin-1")}
    with CaptureQueriesContext(connection) as queries:
        refused(send(api_key=None, headers=headers))
    assert len(queries) == 0


def test_a_mistyped_key_is_refused_without_the_database(send: Send, key: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert "copied whole" in refused(send(api_key=mistyped(key)))
    assert len(queries) == 0


def test_an_unknown_key_is_refused_after_one_query(send: Send) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert refused(send(api_key=keys.new_key())) == "Unknown API key."
    assert len(queries) == 1


def test_a_key_that_is_nearly_right_takes_the_same_path_as_any_unknown_one(
    send: Send, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = mistyped(key[:-6])
    nearly = body + keys._checksum(body)
    digested: list[str] = []
    digest = keys.digest

    def counted(sent: str) -> str:
        digested.append(sent)
        return digest(sent)

    monkeypatch.setattr(keys, "digest", counted)

    def path_of(sent: str) -> tuple[str, list[str], int]:
        forget_credentials()
        digested.clear()
        with CaptureQueriesContext(connection) as queries:
            error = refused(send(api_key=sent))
        asked = [query["sql"].replace(digest(sent), "…") for query in queries]
        return error, asked, len(digested)

    assert keys.is_well_formed(nearly)
    assert nearly[:-7] == key[:-7]
    assert path_of(nearly) == path_of(keys.new_key())


def test_a_revoked_key_is_refused_at_once(send: Send, tenant: NewTenant) -> None:
    assert send().status_code == 200
    services.revoke_key(tenant.key.api_key)
    assert "revoked" in refused(send())


def test_two_keys_live_while_one_replaces_the_other(send: Send, tenant: NewTenant) -> None:
    rotated = services.rotate_key(tenant.key.api_key)
    assert send().status_code == send(api_key=rotated.secret).status_code == 200


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER "])
def test_a_key_may_come_as_a_bearer_token(send: Send, key: str, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {key}"}
    assert send(api_key=None, headers=headers).status_code == 200


@pytest.mark.parametrize("header", ["Basic {}", "{}", "Bearer", "Bearer {} x"])
def test_another_scheme_is_refused(send: Send, key: str, header: str) -> None:
    refused(send(api_key=None, headers={"Authorization": header.format(key)}))


def test_a_key_in_the_url_is_not_looked_at(send: Send, key: str) -> None:
    refused(send(api_key=None, path=f"/track?api_key={key}&X-API-Key={key}"))


def test_space_around_a_key_does_no_harm(send: Send, key: str) -> None:
    assert send(api_key=f" {key} ").status_code == 200


def test_an_event_goes_to_the_project_of_its_key(
    send: Send, project: Project, other_tenant: NewTenant
) -> None:
    send(api_key=other_tenant.key.secret)
    assert not Event.objects.filter(project=project).exists()
    assert Event.objects.filter(project=other_tenant.project).count() == 1


def last_used(tenant: NewTenant) -> Any:
    return ApiKey.objects.get(project=tenant.project, pk=tenant.key.api_key.pk).last_used_at


def test_the_last_use_is_noted_about_once_a_minute(send: Send, tenant: NewTenant) -> None:
    send()
    first = last_used(tenant)
    assert timezone.now() - first < timedelta(seconds=30)
    send()
    assert last_used(tenant) == first
    long_ago = timezone.now() - USED_EVERY - timedelta(seconds=1)
    ApiKey.objects.filter(project=tenant.project).update(last_used_at=long_ago)
    forget_credentials()  # as another process, which has not seen the key yet
    send()
    assert last_used(tenant) > first


def test_a_refused_event_is_no_use_of_a_key(send: Send, tenant: NewTenant) -> None:
    send({})
    assert last_used(tenant) is None
