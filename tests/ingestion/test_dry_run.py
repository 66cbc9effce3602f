"""`POST /track?dry_run=1`: what an event would do, without doing it."""

from __future__ import annotations

import pytest

from accounts.models import Organization, Project
from accounts.services import NewTenant
from billing.services import subscribe
from ingestion.learning import learn_fields, override_type
from ingestion.limits import MAX_FIELDS
from ingestion.models import Event, Field, FieldType
from ingestion.schema.components import COMPONENTS
from ingestion.services import claim
from tests.ingestion.conftest import EVENT, Send

EVENT_OF_MANY = EVENT | {
    "session_id": 5,
    "user_id": "u",
    "metadata": {"prompt": "How do I reset it?", "user": {"plan": "pro"}, "ms": 12, "tags": []},
}


def test_it_says_how_each_key_is_typed_and_stores_nothing(send: Send, project: Project) -> None:
    answer = send(EVENT_OF_MANY, path="/track?dry_run=1")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["dry_run"], body["session_id"], body["user_id"]) == (True, 5, "u")
    types = {field["field"]: field["type"] for field in body["fields"]}
    assert types == {"prompt": "text", "user.plan": "enum", "ms": "number"}
    assert all(field["why"] and field["source"] == "detected" for field in body["fields"])
    assert not Event.objects.filter(project=project).exists()
    assert not Field.objects.filter(project=project).exists()


def test_a_known_field_is_what_it_is(send: Send, project: Project, tenant: NewTenant) -> None:
    send(EVENT)
    learn_fields(project, claim(project, 10))
    field = Field.objects.get(project=project, key="prompt")
    override_type(field, FieldType.ENUM, tenant.user)
    shown = send(EVENT, path="/track?dry_run=true").json()["fields"]
    assert [(each["type"], each["source"]) for each in shown] == [("enum", "overridden")]


def test_every_type_that_a_field_may_have_is_described(
    send: Send, project: Project, tenant: NewTenant
) -> None:
    send(EVENT)
    known = learn_fields(project, claim(project, 10))["prompt"]
    described = COMPONENTS["Preview"]["properties"]["fields"]["items"]["properties"]["type"]["enum"]
    for chosen in FieldType:
        override_type(known, chosen, tenant.user)
        (shown,) = send(EVENT, path="/track?dry_run=1").json()["fields"]
        assert shown["type"] == chosen
        assert chosen in described


def test_a_type_is_told_as_it_will_be_learnt(send: Send, project: Project) -> None:
    event = EVENT | {"metadata": {"thing": "x" * 200 + " and then many words after a long one"}}
    (shown,) = send(event, path="/track?dry_run=1").json()["fields"]
    send(event)
    learnt = learn_fields(project, claim(project, 10))["thing"]
    assert (shown["type"], shown["why"]) == (learnt.type, learnt.detected_why)


def test_a_key_beyond_the_limit_of_fields_has_no_type(send: Send, project: Project) -> None:
    Field.objects.bulk_create(
        Field(project=project, key=f"k{n}", detected_type="enum") for n in range(MAX_FIELDS)
    )
    (shown,) = send(EVENT, path="/track?dry_run=1").json()["fields"]
    assert shown["type"] is None
    assert str(MAX_FIELDS) in shown["why"]


def test_it_validates(send: Send) -> None:
    assert send({}, path="/track?dry_run=1").json()["code"] == "MISSING_REQUIRED_FIELD"
    assert send(EVENT, path="/track?dry_run=1", api_key=None).status_code == 401


def test_it_costs_no_quota(send: Send, organization: Organization) -> None:
    subscribe(organization, "pro", event_limit=1)
    for _ in range(3):
        assert send(EVENT, path="/track?dry_run=1").status_code == 200
    assert send(EVENT).status_code == 200


@pytest.mark.parametrize("off", ["0", "false"])
def test_it_can_be_off(send: Send, project: Project, off: str) -> None:
    assert send(EVENT, path=f"/track?dry_run={off}").status_code == 200
    assert Event.objects.filter(project=project).count() == 1
