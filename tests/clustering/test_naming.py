"""Names by keywords, then by the LLM: the real client against a local Messages API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import chain, repeat
from typing import Any

import numpy as np
import pytest

from accounts import services as accounts_services
from accounts.models import LLMExamples, Project, User
from billing import llm_budget
from billing import services as billing_services
from clustering import asking, locks, naming, pipeline, services
from clustering.labelling.llm import ask_for_labels
from clustering.models import LabelSource, Text, Topic
from tests.clustering.conftest import OtherProcess
from tests.clustering.labelling.messages_api import (
    MessagesAPI,
    error,
    message,
    named,
    prompt_of,
    serving,
)
from tests.clustering.messages import ACCESS, ALL, PARCEL, PRICE, REFUND, field_of, send

pytestmark = pytest.mark.django_db

NAMES = ["Login trouble", "Plans and prices", "Rebates", "Broken integration"]


@pytest.fixture
def api(settings: Any) -> Iterator[MessagesAPI]:
    """The LLM, which settings name from here on."""
    with serving() as api:
        api.play(*(named(name, "Users want it.") for name in [*NAMES, "Parcels", "Refunds"]))
        settings.ANTHROPIC_API_KEY = "test-key"
        settings.ANTHROPIC_BASE_URL = api.url
        yield api


def live(project: Project) -> list[Topic]:
    return list(Topic.objects.filter(project=project, retired_at=None).order_by("pk"))


def topic_of(project: Project, text: str) -> Topic:
    topic = Text.objects.filter(project=project).select_related("topic").get(content=text).topic
    assert topic is not None
    return topic


def test_without_a_key_names_are_local_and_nothing_is_due(clustered: Project) -> None:
    assert {topic.label_source for topic in live(clustered)} == {LabelSource.KEYWORDS}
    assert len({topic.label for topic in live(clustered)}) == 4
    assert naming.fields_to_label() == []
    assert naming.label(field_of(clustered)) == 0


def test_the_llm_betters_local_names_once(clustered: Project, api: MessagesAPI) -> None:
    field = field_of(clustered)
    assert naming.fields_to_label() == [field.pk]
    assert naming.label(field) == 4
    assert {topic.label for topic in live(clustered)} == set(NAMES)
    assert {topic.label_source for topic in live(clustered)} == {LabelSource.LLM}
    assert {topic.description for topic in live(clustered)} == {"Users want it."}
    assert len(api.requests) == 4
    assert naming.fields_to_label() == []
    assert naming.label(field) == 0
    assert len(api.requests) == 4


def test_drain_has_the_llm_give_names(project: Project, api: MessagesAPI) -> None:
    send(project, ALL)
    pipeline.drain(project)
    assert {topic.label for topic in live(project)} == set(NAMES)


def test_a_run_that_changes_little_keeps_the_names_of_the_llm(
    clustered: Project, api: MessagesAPI
) -> None:
    naming.label(field_of(clustered))
    names = {topic.pk: topic.label for topic in live(clustered)}
    send(clustered, ["I forgot the password of my account", *PARCEL, *REFUND])
    pipeline.drain(clustered)
    now = {topic.pk: topic.label for topic in live(clustered)}
    assert names.items() <= now.items()
    about_topics = [each for each in api.requests if "typical_messages" in prompt_of(each)]
    assert len(about_topics) == 4 + len(now.keys() - names.keys())


def test_a_topic_whose_meaning_moved_is_named_anew(clustered: Project, api: MessagesAPI) -> None:
    naming.label(field_of(clustered))
    topic = topic_of(clustered, ACCESS[0])
    elsewhere = np.roll(np.array(topic.centroid), 1).tolist()
    Topic.objects.filter(project=clustered, pk=topic.pk).update(
        label="Something else", labelled_centroid=elsewhere
    )
    send(clustered, PARCEL)
    pipeline.drain(clustered)
    assert topic_of(clustered, ACCESS[0]).pk == topic.pk
    assert topic_of(clustered, ACCESS[0]).label != "Something else"


def test_a_name_of_a_user_is_neither_asked_for_nor_replaced(
    clustered: Project, api: MessagesAPI, owner: User
) -> None:
    services.rename(topic_of(clustered, ACCESS[0]), "Locked out", "", owner)
    assert naming.label(field_of(clustered)) == 3
    assert topic_of(clustered, ACCESS[0]).label == "Locked out"
    assert len(api.requests) == 3
    assert all("Locked out" in prompt_of(request) for request in api.requests)  # it is taken


def test_a_name_given_while_the_llm_thinks_wins(
    clustered: Project, api: MessagesAPI, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = asking._record

    def after_a_rename(*arguments: Any) -> None:
        topic = topic_of(clustered, PRICE[0])
        if topic.label_source != LabelSource.EDITED:
            services.rename(topic, "What it costs", "", owner)
        record(*arguments)

    monkeypatch.setattr(asking, "_record", after_a_rename)
    naming.label(field_of(clustered))
    assert topic_of(clustered, PRICE[0]).label == "What it costs"


def test_an_llm_that_is_down_leaves_local_names_and_is_asked_later(
    clustered: Project, api: MessagesAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [topic.label for topic in live(clustered)]
    api.play(error(403, "permission_error"))
    assert naming.label(field_of(clustered)) == 0
    assert [topic.label for topic in live(clustered)] == names
    assert naming.fields_to_label() == []
    monkeypatch.setattr(asking, "RETRY", -asking.RETRY)
    assert naming.fields_to_label() == [field_of(clustered).pk]


def test_an_llm_that_refuses_is_not_shown_the_same_examples_again(
    clustered: Project, api: MessagesAPI
) -> None:
    api.play(message([], stop_reason="refusal"))
    assert naming.label(field_of(clustered)) == 0
    asked = len(api.requests)
    assert asked >= 4
    assert naming.fields_to_label() == []
    assert naming.label(field_of(clustered)) == 0
    assert len(api.requests) == asked
    assert {topic.label_source for topic in live(clustered)} == {LabelSource.KEYWORDS}


def test_what_a_killed_worker_was_told_is_not_asked_again(
    clustered: Project, api: MessagesAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "AT_ONCE", 1)
    ask = ask_for_labels

    def killed_at_the_third(*arguments: Any, **more: Any) -> Any:
        if len(api.requests) == 2:
            raise KeyboardInterrupt
        return ask(*arguments, **more)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(asking, "ask_for_labels", killed_at_the_third)
        naming.label(field_of(clustered))
    assert naming.label(field_of(clustered)) == 2
    assert len(api.requests) == 4
    assert {topic.label for topic in live(clustered)} == set(NAMES)


def test_what_a_slow_llm_has_no_time_for_stays_due(
    clustered: Project, api: MessagesAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the second batch of one it is early, before the third it is late."""
    monkeypatch.setattr(asking, "AT_ONCE", 1)
    monkeypatch.setattr(asking, "monotonic", chain([0], repeat(9)).__next__)
    field = field_of(clustered)
    assert naming.label(field, deadline=5) == len(api.requests) == 2
    assert naming.fields_to_label() == [field.pk]
    assert naming.label(field) == 2
    assert naming.fields_to_label() == []


def test_a_dimension_that_takes_long_to_read_is_named_in_the_end(
    clustered: Project, api: MessagesAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time it is late before the first is asked."""
    monkeypatch.setattr(asking, "AT_ONCE", 1)
    for _ in NAMES:
        assert naming.label(field_of(clustered), deadline=0) == 1
    assert naming.fields_to_label() == []


def test_a_name_that_a_run_gave_while_the_llm_thinks_wins(
    clustered: Project, api: MessagesAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the LLM was shown is no longer what the topic is about."""
    ask = ask_for_labels

    def while_a_run_ends(*arguments: Any, **more: Any) -> Any:
        results = ask(*arguments, **more)
        found = Topic.objects.filter(project=clustered, pk=topic_of(clustered, PRICE[0]).pk)
        found.update(label="What it costs", labelled_from="f" * 64)
        return results

    with monkeypatch.context() as patch:
        patch.setattr(asking, "ask_for_labels", while_a_run_ends)
        naming.label(field_of(clustered))
    topic = topic_of(clustered, PRICE[0])
    assert (topic.label, topic.label_source) == ("What it costs", LabelSource.KEYWORDS)
    assert naming.fields_to_label() == [field_of(clustered).pk]


def test_two_workers_do_not_ask_for_the_same_names(
    clustered: Project, api: MessagesAPI, other_process: OtherProcess
) -> None:
    other_process.holds(locks.labelling(field_of(clustered).pk))
    assert naming.label(field_of(clustered)) == 0
    assert api.requests == []


def test_what_the_llm_used_is_counted_for_the_project(clustered: Project, api: MessagesAPI) -> None:
    naming.label(field_of(clustered))
    (used,) = llm_budget.standing(clustered.organization).projects
    assert (used.project, used.requests, used.reserved) == (clustered, 4, 0)
    assert (used.input_tokens, used.output_tokens) == (4 * 500, 4 * 40)


def test_an_answer_that_was_not_used_is_counted_too(clustered: Project, api: MessagesAPI) -> None:
    api.play(named("<b>bold</b>"))
    naming.label(field_of(clustered))
    used = llm_budget.standing(clustered.organization)
    assert (used.requests, used.used, used.reserved) == (8, 8 * 540, 0)


def test_an_api_that_is_down_costs_nothing(clustered: Project, api: MessagesAPI) -> None:
    api.play(error(403, "permission_error"))
    naming.label(field_of(clustered))
    used = llm_budget.standing(clustered.organization)
    assert (used.requests, used.used, used.reserved) == (0, 0, 0)


def test_without_tokens_names_stay_local_until_the_next_month(
    clustered: Project, api: MessagesAPI, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LLM_MONTHLY_TOKENS = 10_000
    field = field_of(clustered)
    spent = llm_budget.reserve(clustered, 9_000)
    llm_budget.settle(spent, requests=9, input_tokens=8_000, output_tokens=1_000)
    assert naming.fields_to_label() == []
    assert naming.label(field) == 0
    assert api.requests == []
    assert {topic.label_source for topic in live(clustered)} == {LabelSource.KEYWORDS}
    monkeypatch.setattr(llm_budget, "_month", lambda now: date(2100, 1, 1))
    assert naming.fields_to_label() == [field.pk]


def test_the_tokens_of_a_month_are_never_passed(
    clustered: Project, api: MessagesAPI, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every answer costs nearly all that one may; whatever is left in the end is too little."""
    settings.LLM_MONTHLY_TOKENS = 15_000
    monkeypatch.setattr(asking, "RETRY", -asking.RETRY)
    names = iter(NAMES)

    api.play(model=lambda _: named(next(names), tokens=(4_000, 500)))
    for _ in range(3):
        naming.label(field_of(clustered))
    assert 0 < llm_budget.standing(clustered.organization).used <= 15_000
    assert len(api.requests) < 4
    sources = {topic.label_source for topic in live(clustered)}
    assert sources == {LabelSource.KEYWORDS, LabelSource.LLM}


def test_staff_may_give_an_organization_more_or_nothing(
    clustered: Project, api: MessagesAPI, settings: Any
) -> None:
    settings.LLM_MONTHLY_TOKENS = 0
    field = field_of(clustered)
    assert naming.label(field) == 0
    subscription = billing_services.subscribe(clustered.organization, "pro")
    subscription.llm_tokens = 1_000_000
    billing_services.save_subscription(subscription, by=None)
    assert naming.fields_to_label() == [field.pk]
    assert naming.label(field) == 4


def test_a_project_may_keep_its_texts_on_this_machine(clustered: Project, api: MessagesAPI) -> None:
    accounts_services.set_llm_examples(clustered, LLMExamples.NONE)
    assert naming.fields_to_label() == []
    assert naming.label(field_of(clustered)) == 0
    assert api.requests == []


@pytest.mark.parametrize(
    ("examples", "shown"),
    [
        (LLMExamples.REDACTED, "forgot the password of [email] again"),
        (LLMExamples.VERBATIM, "forgot the password of jane@example.com again"),
    ],
)
def test_examples_are_masked_unless_the_project_says_otherwise(
    project: Project, api: MessagesAPI, examples: LLMExamples, shown: str
) -> None:
    assert project.llm_examples == LLMExamples.REDACTED
    accounts_services.set_llm_examples(project, examples)
    send(project, ["I forgot the password of jane@example.com again", *ALL])
    pipeline.drain(project)
    sent = "".join(prompt_of(request) for request in api.requests)
    assert shown in sent
    assert ("jane@example.com" in sent) == (examples == LLMExamples.VERBATIM)


def test_a_name_with_an_address_is_masked_too(
    clustered: Project, api: MessagesAPI, owner: User
) -> None:
    services.rename(topic_of(clustered, ACCESS[0]), "Mails of jane@example.com", "", owner)
    naming.label(field_of(clustered))
    assert all("Mails of [email]" in prompt_of(request) for request in api.requests)
