"""Local names of themes: what their topics share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest

from clustering.labelling.label import LONGEST_NAME, name_key
from clustering.labelling.theme_examples import NamedTopics, pick_theme_examples
from clustering.labelling.themes import label_themes
from clustering.texts.embedding import Embedder
from tests.clustering.labelling.conftest import MakeTopic

Theme = Mapping[str, Sequence[str]]
Named = Callable[..., NamedTopics]

PARCELS = {
    "Late": ["My parcel is late", "When will the parcel arrive?", "The parcel is delayed"],
    "Broken": ["The parcel arrived broken", "My parcel is damaged", "The parcel was crushed"],
    "Stolen": ["Somebody stole my parcel", "The parcel was stolen", "My parcel is gone"],
}
LOGINS = {
    "Wrong password": ["I forgot my password", "My password is wrong", "Reset the password"],
    "No code": ["The login code is wrong", "No login code came", "A new login code please"],
}
RECHNUNGEN = {
    "Falsch": ["Die Rechnung ist falsch", "Auf der Rechnung steht ein falscher Betrag"],
    "Fehlt": ["Ich habe keine Rechnung bekommen", "Wo ist die Rechnung?", "Die Rechnung fehlt"],
}


@pytest.fixture
def named(topic: MakeTopic) -> Named:
    def make(*themes: Theme) -> NamedTopics:
        rows = [
            (label, texts, at) for at, theme in enumerate(themes) for label, texts in theme.items()
        ]
        return NamedTopics(
            [topic(*texts) for _, texts, _ in rows],
            [label for label, *_ in rows],
            ["" for _ in rows],
            np.array([at for *_, at in rows], np.int32),
        )

    return make


def test_a_theme_is_named_by_the_word_that_its_topics_share(named: Named, embed: Embedder) -> None:
    parcels, _ = label_themes(named(PARCELS, LOGINS), embed)
    assert (parcels.name, parcels.source, parcels.description) == ("Parcel", "keywords", "")


def test_two_things_are_joined_where_no_word_covers_most(named: Named, embed: Embedder) -> None:
    office = {
        "Jammed": ["The printer is jammed", "My printer prints nothing", "The printer needs paper"],
        "Cold": ["The coffee is cold", "My coffee is bitter", "No coffee is left"],
    }
    _, label = label_themes(named(PARCELS, office), embed)
    assert set(label.name.lower().split(" and ")) == {"printer", "coffee"}


def test_no_word_is_in_a_name_twice(named: Named, embed: Embedder) -> None:
    slow = {
        "Slow": ["Slow slow slow", "The slow slow editor", "slow slow!"],
        "Slower": ["It is so slow slow", "Slow slow, slower", "Slow slow today"],
    }
    _, label = label_themes(named(PARCELS, slow), embed)
    assert "slow" in label.name.lower()
    assert label.name.lower().count("slow") == 1


def test_what_is_said_of_things_is_no_name(named: Named, embed: Embedder) -> None:
    slow = {
        "Export": ["The export is slow", "This export is very slow", "Exports are slow"],
        "Search": ["The search is slow", "This search is very slow", "My search is so slow"],
    }
    (label,) = label_themes(named(slow), embed)
    assert "slow" not in label.name.lower()


def test_a_word_that_means_a_topic_covers_it_too(named: Named, embed: Embedder) -> None:
    """No text of the third topic says "restaurant"."""
    eating = {
        "Restaurant": ["Find me a restaurant", "I need a restaurant", "Is there a restaurant?"],
        "Menu": ["The menu of the restaurant", "What is on the restaurant's menu?"],
        "Eating out": ["Where can we eat tonight?", "A good place to eat", "We want to dine out"],
    }
    label, _ = label_themes(named(eating, LOGINS), embed)
    assert label.name == "Restaurant"


def test_the_wider_of_two_phrases_is_taken(named: Named, embed: Embedder) -> None:
    flights = {
        "Round trip": ["A round trip flight please", "The cheapest round trip flight"],
        "Cancelled": ["My flight was cancelled", "Why is the flight cancelled?"],
        "Seat": ["I want a seat on the flight", "Which seat do I have on my flight?"],
    }
    label, _ = label_themes(named(flights, LOGINS), embed)
    assert label.name == "Flight"


def test_what_happened_to_a_thing_is_no_second_one(named: Named, embed: Embedder) -> None:
    cards = {
        "Declined": ["My card declined", "The card declined", "Why was my card declined?"],
        "Fee": ["A fee for my payment", "The payment fee", "My payment has a fee"],
    }
    label, _ = label_themes(named(cards, LOGINS), embed)
    assert "declined" not in label.name.lower()


def test_a_name_that_a_topic_has_is_given_in_another_number(named: Named, embed: Embedder) -> None:
    refunds = {
        "Late": ["My refund is late", "Where is my refund?", "Refunds are late"],
        "Short": ["The refund is too small", "The refund lacks shipping", "Refunds too small"],
    }
    (label,) = label_themes(named(refunds), embed, taken_names=["Refund"])
    assert label.name == "Refunds"


def test_names_are_in_the_language_of_the_topics(named: Named, embed: Embedder) -> None:
    _, bills = label_themes(named(PARCELS, RECHNUNGEN), embed)
    assert bills.name == "Rechnung"


def test_names_that_are_taken_are_not_given(named: Named, embed: Embedder) -> None:
    seen = named(PARCELS, LOGINS)
    free = [label.name for label in label_themes(seen, embed)]
    others = [label.name for label in label_themes(seen, embed, taken_names=[*free, *seen.names])]
    assert not {name_key(name) for name in others} & {name_key(name) for name in free}
    assert len(set(others)) == 2


def test_only_the_themes_wanted_are_named_in_their_order(named: Named, embed: Embedder) -> None:
    seen = named(PARCELS, LOGINS, RECHNUNGEN)
    assert [label.name for label in label_themes(seen, embed, wanted=[2, 0])] == [
        "Rechnung",
        "Parcel",
    ]


@pytest.mark.parametrize("text", ["", "???", "12345678", "x" * 500, "<b></b>", "\u202e\x00", "的"])
def test_themes_without_words_have_names(named: Named, embed: Embedder, text: str) -> None:
    names = [
        label.name
        for label in label_themes(named({"A": [text], "B": [text]}, {"C": [text]}), embed)
    ]
    assert len({name_key(name) for name in names}) == 2
    assert all(0 < len(name) <= LONGEST_NAME for name in names)


def test_examples_show_a_theme_and_the_topics_of_others(named: Named) -> None:
    seen = named(PARCELS, LOGINS, RECHNUNGEN)
    logins, parcels = pick_theme_examples(seen, [1, 0])
    assert {name for name, *_ in parcels.topics} == set(PARCELS)
    for name, description, *texts in parcels.topics:
        assert description == ""
        assert texts
        assert set(texts) <= set(PARCELS[name])
    assert {name for name, *_ in logins.topics} == set(LOGINS)
    assert {frozenset(names) for names in logins.contrast} == {
        frozenset(PARCELS),
        frozenset(RECHNUNGEN),
    }


def test_all_that_is_shown_is_masked(named: Named) -> None:
    seen = named(PARCELS, LOGINS)
    (shown,) = pick_theme_examples(seen, [0], redact=lambda _: "masked")
    assert {text for topic in shown.topics for text in topic} == {"masked"}
    assert {text for names in shown.contrast for text in names} == {"masked"}
