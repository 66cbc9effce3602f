"""Names without an LLM, ranked by words and by the real embedding model."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from numpy.typing import NDArray

from clustering.labelling.keywords import label_by_keywords
from clustering.labelling.label import (
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    MOST_WORDS,
    TopicTexts,
    clean,
    name_key,
)
from clustering.labelling.phrases import candidates, read
from clustering.texts import embedding
from tests.clustering.labelling.conftest import MakeTopic

PASSWORD = (
    "How do I reset my password?",
    "I forgot my password",
    "password reset not working",
    "can't remember my account password",
    "please reset my password",
    "Where can I reset the password?",
)
REFUND = (
    "I want a refund",
    "how do I get a refund for my last order",
    "When will I receive my refund?",
    "refund not received yet",
    "please refund my order",
)
DELIVERY = (
    "Where is my parcel?",
    "my parcel has not arrived",
    "When will the parcel be delivered?",
    "parcel delivery is late",
    "track my parcel",
)
PLACES = "bakery cinema florist garage hotel kiosk library market museum pharmacy pub zoo".split()


def names_of(
    embed: embedding.Embedder, *topics: TopicTexts, taken: tuple[str, ...] = ()
) -> list[str]:
    return [label.name for label in label_by_keywords(topics, embed, taken_names=taken)]


def assert_fit(name: str) -> None:
    assert 0 < len(name) <= LONGEST_NAME
    assert 1 <= len(name.split()) <= MOST_WORDS
    assert clean(name) == name
    assert "<" not in name


def test_a_name_says_what_the_texts_are_about(embed: embedding.Embedder, topic: MakeTopic) -> None:
    password, refund, parcel = names_of(embed, topic(*PASSWORD), topic(*REFUND), topic(*DELIVERY))
    assert "password" in password.lower()
    assert "refund" in refund.lower()
    assert "parcel" in parcel.lower()


def test_a_name_reads_as_a_name(embed: embedding.Embedder, topic: MakeTopic) -> None:
    for name in names_of(embed, topic(*PASSWORD), topic(*REFUND), topic(*DELIVERY)):
        assert_fit(name)
        assert name[0].isupper()
        assert "_" not in name
        assert name.split()[-1].lower() not in {"my", "the", "to", "a", "of", "for", "is"}


@pytest.mark.parametrize(
    "texts",
    [
        ("Integration with Shopify worked yesterday", "our Shopify integration worked until today"),
        ("API requests time out about half the time", "almost half of the API requests time out"),
        ("I wish to change my PIN", "is it possible to change the PIN", "try to change PIN"),
        ("My 2FA code always fails", "the 2FA code always", "2FA code always, always fails"),
        ("The 2fa code every login", "the 2fa code every time", "a 2fa code every day"),
        ("I need it next Tuesday until noon", "Next Tuesday until", "next Tuesday until we meet"),
    ],
)
def test_a_name_holds_no_time_word_and_no_verb_that_hangs(
    embed: embedding.Embedder, topic: MakeTopic, texts: tuple[str, ...]
) -> None:
    (name,) = names_of(embed, topic(*texts))
    words = name.lower().split()
    assert len(words) > 1
    unwanted = {"yesterday", "today", "half", "almost", "possible", "wish", "try", "always"}
    assert not unwanted & set(words)
    assert words[-1] not in ("worked", "about", "until", "every")


def test_a_verb_that_is_negated_does_not_hang(embed: embedding.Embedder, topic: MakeTopic) -> None:
    (name,) = names_of(embed, topic("my order never came", "the order never came", "never came"))
    assert name.lower().endswith("never came")


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        (
            ("My PIN hasn't arrived", "PIN isn't here, it hasn’t arrived", "PIN has not arrived"),
            "PIN not arrived",
        ),
        (
            ("I haven't received my new card", "We have not received the new card yet"),
            "New card not received",
        ),
    ],
)
def test_one_way_to_say_not(
    embed: embedding.Embedder, topic: MakeTopic, texts: tuple[str, ...], wanted: str
) -> None:
    assert names_of(embed, topic(*texts), topic(*PASSWORD))[0] == wanted


def test_a_name_does_not_deny_what_few_texts_deny(
    embed: embedding.Embedder, topic: MakeTopic
) -> None:
    texts = [f"card payment declined at {place}" for place in PLACES]
    (name,) = names_of(embed, topic(*texts, "card payment not declined"))
    assert name == "Card payment declined"


def test_a_name_holds_none_of_what_takes_turns(topic: MakeTopic) -> None:
    languages = "French Polish Turkish Danish Ukrainian Greek".split()
    texts = [f"Translate {what} into {to}" for what in ("it", "this mail") for to in languages]
    found = candidates([read(topic(*texts)), read(topic(*REFUND))])[0]
    said = {word for candidate in found for word in candidate.words}
    assert "translate" in said
    assert said.isdisjoint(language.lower() for language in languages)


def test_what_is_said_again_and_again_is_a_name_although_others_take_turns_with_it(
    topic: MakeTopic,
) -> None:
    tools = [*["Slack"] * 6, "Notion", "Jira", "Asana", "Trello"]
    found = candidates([read(topic(*[f"connect {tool} to my account" for tool in tools]))])[0]
    said = {word for candidate in found for word in candidate.words}
    assert "slack" in said
    assert said.isdisjoint({"notion", "jira", "asana", "trello"})


def test_a_topic_of_nothing_but_what_takes_turns_has_a_name(topic: MakeTopic) -> None:
    assert candidates([read(topic(*[f"the {place}" for place in PLACES]))])[0]


@pytest.mark.parametrize(("times", "is_named"), [(3, False), (8, True)])
def test_a_number_is_in_a_name_where_many_say_it(
    topic: MakeTopic, times: int, is_named: bool
) -> None:
    places = [*PLACES, *(f"{place} bar" for place in PLACES)]
    texts = [f"a table for two at the {place}" for place in places[:times]]
    texts += [f"a table at the {place}" for place in places[times:]]
    found = candidates([read(topic(*texts))])[0]
    assert any("two" in candidate.words for candidate in found) == is_named


@pytest.mark.parametrize("places", [PLACES, PLACES[:2]])
def test_a_slip_of_the_pen_is_no_name(topic: MakeTopic, places: list[str]) -> None:
    """A word that one message has, and that is a letter away from one that others have."""
    misspelt = ("trial expiired", "trial expried", "trial extended", "two trials", "trials")
    expired = topic(*misspelt, *(f"my trial expired, {place}" for place in places))
    found = candidates([read(expired), read(topic(*PASSWORD))])[0]
    words = {word for candidate in found for word in candidate.words}
    assert {"trial", "trials", "expired", "extended"} <= words
    assert words.isdisjoint({"expiired", "expried"})


def test_a_slip_in_a_short_word_is_no_name(topic: MakeTopic) -> None:
    """Of "what", which is a small word, and of "bugs"."""
    buggy = topic("It does what I hate", "It does wjat I hate", "So many bugs", "buggs and bugs")
    found = candidates([read(buggy), read(topic(*PASSWORD))])[0]
    words = {word for candidate in found for word in candidate.words}
    assert {"hate", "bugs"} <= words
    assert words.isdisjoint({"wjat", "buggs"})


def test_small_words_of_another_language_are_no_name(
    embed: embedding.Embedder, topic: MakeTopic
) -> None:
    mixed = ("my seat sur le train", "is the seat sur le platform", "I want it sur le")
    name, _ = names_of(embed, topic(*mixed, "sur le, you know"), topic(*PASSWORD))
    assert "seat" in name.lower()
    assert not {"sur", "le"} & {name.lower().split()[0], name.lower().split()[-1]}


def test_a_phrase_is_preferred_to_a_question_of_its_words(
    embed: embedding.Embedder, topic: MakeTopic
) -> None:
    cancel, _ = names_of(
        embed,
        topic("How do I cancel a transfer", "How can I cancel a transfer", "cancel transfer"),
        topic(*REFUND),
    )
    assert cancel == "Cancel transfer"


@pytest.mark.parametrize(
    ("texts", "unwanted"),
    [
        (("It rephrases rough sentences and good ideas", "rough sentences and bad tone"), "good"),
        (("I noticed a strange charge", "we noticed the strange charge"), "noticed"),
        (("I am looking for a hotel", "Looking for hotels in town"), "looking"),
        (("slow, very slow slow", "so slow slow today"), "slow slow"),
        (("The app keeps crashing as soon as I open it", "it crashes as soon"), "soon"),
        (("The reason my account is locked", "reason the account was locked"), "reason"),
    ],
)
def test_a_name_is_not_cut_from_a_sentence(
    embed: embedding.Embedder, topic: MakeTopic, texts: tuple[str, ...], unwanted: str
) -> None:
    (name,) = names_of(embed, topic(*texts))
    assert unwanted not in name.lower()


def test_a_name_is_nearest_to_its_own_topic(embed: embedding.Embedder, topic: MakeTopic) -> None:
    topics = [topic(*PASSWORD), topic(*REFUND), topic(*DELIVERY)]
    vectors = embed(names_of(embed, *topics))
    nearest = (vectors @ np.stack([each.centroid for each in topics]).T).argmax(axis=1)
    assert nearest.tolist() == [0, 1, 2]


def test_the_description_quotes_a_text(embed: embedding.Embedder, topic: MakeTopic) -> None:
    (label,) = label_by_keywords([topic(*PASSWORD)], embed)
    assert any(f"“{text}”" in label.description for text in PASSWORD)
    assert (label.source, label.tokens.total) == ("keywords", 0)


@pytest.mark.parametrize(
    ("texts", "word"),
    [
        (
            (
                "Wie kann ich mein Passwort zurücksetzen?",
                "Ich habe mein Passwort vergessen",
                "Passwort zurücksetzen funktioniert nicht",
                "Bitte mein Passwort zurücksetzen",
            ),
            "passwort",
        ),
        (
            (
                "¿Cómo puedo cancelar mi suscripción?",
                "Quiero cancelar la suscripción",
                "cancelar mi suscripción por favor",
                "No puedo cancelar la suscripción",
            ),
            "suscripción",
        ),
        (
            (
                "Comment changer mon mot de passe ?",
                "J'ai oublié mon mot de passe",
                "Je veux changer le mot de passe",
                "changer mot de passe impossible",
            ),
            "mot de passe",
        ),
        (
            (
                "Come posso cambiare la mia fattura?",
                "Non trovo la mia fattura",
                "Vorrei scaricare la fattura di maggio",
                "Dove trovo la fattura?",
            ),
            "fattura",
        ),
    ],
)
def test_other_languages(
    embed: embedding.Embedder, topic: MakeTopic, texts: tuple[str, ...], word: str
) -> None:
    (name,) = names_of(embed, topic(*texts))
    assert_fit(name)
    assert word in name.lower()
    assert name.split()[0].lower() not in {"mein", "mi", "mon", "la", "le", "ich"}


def test_siblings_that_say_the_same_get_different_names(
    embed: embedding.Embedder, topic: MakeTopic
) -> None:
    names = names_of(embed, *[topic(*PASSWORD)] * 4)
    assert len({name_key(name) for name in names}) == 4
    assert all("password" in name.lower() for name in names)


def test_identical_topics_of_one_text_get_different_names(
    embed: embedding.Embedder, topic: MakeTopic
) -> None:
    names = names_of(embed, *[topic("Pricing")] * 3)
    assert len({name_key(name) for name in names}) == 3
    assert "Pricing" in names


def test_a_taken_name_is_not_given_again(embed: embedding.Embedder, topic: MakeTopic) -> None:
    (first,) = names_of(embed, topic(*PASSWORD))
    (second,) = names_of(embed, topic(*PASSWORD), taken=(first.upper(),))
    assert name_key(first) != name_key(second)


def test_only_wanted_topics_are_named_in_the_order_wanted(
    embed: embedding.Embedder, topic: MakeTopic
) -> None:
    topics = [topic(*PASSWORD), topic(*REFUND), topic(*DELIVERY)]
    labels = label_by_keywords(topics, embed, wanted=[2, 0])
    assert "parcel" in labels[0].name.lower()
    assert "password" in labels[1].name.lower()


def test_no_topics_no_labels(embed: embedding.Embedder) -> None:
    assert label_by_keywords([], embed) == []


def test_the_same_texts_in_another_order_get_the_same_name(
    embed: embedding.Embedder, topic: MakeTopic
) -> None:
    forwards = names_of(embed, topic(*PASSWORD), topic(*REFUND))
    backwards = names_of(embed, topic(*REFUND[::-1]), topic(*PASSWORD[::-1]))
    assert forwards == backwards[::-1]
    assert forwards == names_of(embed, topic(*PASSWORD), topic(*REFUND))


def test_a_frequent_text_does_not_drown_the_others(
    embed: embedding.Embedder, topic: MakeTopic
) -> None:
    (name,) = names_of(embed, topic(*PASSWORD, occurrences=[1, 1, 1, 1, 10_000, 1]))
    assert "password" in name.lower()


def test_an_acronym_keeps_its_case_and_shouting_does_not(
    embed: embedding.Embedder, topic: MakeTopic
) -> None:
    acronym, shouted = names_of(
        embed,
        topic("What is the SEPA limit?", "SEPA limit", "raise the SEPA limit"),
        topic("MY ORDER IS BROKEN", "ORDER BROKEN AGAIN", "BROKEN ORDER ARRIVED"),
    )
    assert "SEPA" in acronym
    assert shouted == shouted[0] + shouted[1:].lower()


def test_a_word_is_spelled_as_those_who_use_capitals_spell_it(
    embed: embedding.Embedder, topic: MakeTopic
) -> None:
    keys, calls = names_of(
        embed,
        topic("new api key", "my api key is gone", "lost the api key", "Where is my API key?"),
        topic("Calls of the API time out", "The API has timeouts", "api timeouts again"),
    )
    assert "API key" in keys
    assert "api" not in calls


@pytest.mark.parametrize(
    "texts",
    [
        ("Can you add dark mode?",),
        ("😀😀😀", "🎉 👍🏽", "👨‍👩‍👧"),
        ("パスワードを忘れました", "パスワードのリセット方法を教えてください。"),
        ("我忘记了密码，请帮我重置", "如何重置密码？"),
        ("पासवर्ड कैसे बदलें", "मेरा पासवर्ड भूल गया"),
        ("x" * 20_000,),
        ("word " * 20_000,),
        ("<p>Hello <b>there</b></p><script>alert(1)</script>", "<div></div>"),
        ("<br>", "<hr/>"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;",),
        ("12345678", "42", "3.14"),
        ("4111 1111 1111 1111", "+49 170 1234567"),
        ("it is", "what is it", "the"),
        ("???", "!!!", "..."),
        ("https://example.com/a/b?c=d", "me@example.com"),
        ("\u202egnp.exe\u202c", "\u0000\u0007"),
        ("\u200b\u200b", "\ufeff"),
        ("\ud800 broken", "\U000e0041\U000e0042"),
        ("a_b_c", "__init__", "snake_case_name"),
        ("=cmd|' /C calc'!A0",),
        ("",),
    ],
)
def test_any_text_gets_a_name_that_can_be_shown(
    embed: embedding.Embedder, topic: MakeTopic, texts: tuple[str, ...]
) -> None:
    shown = [text.encode(errors="ignore").decode() for text in texts]  # what a tokenizer takes
    vectors = topic(*shown).vectors
    odd = TopicTexts(texts, [1] * len(texts), vectors, vectors[0])
    for label in label_by_keywords([odd, topic(*REFUND), odd], embed):
        assert_fit(label.name)
        assert any(unicodedata.category(char)[0] in "LNPS" for char in label.name)
        assert 0 < len(label.description) <= LONGEST_DESCRIPTION
        assert clean(label.description) == label.description


def test_addresses_and_long_numbers_stay_out_of_names(
    embed: embedding.Embedder, topic: MakeTopic
) -> None:
    texts = [f"Send the invoice to jane.doe{n}@example.com order 99887766{n}" for n in range(9)]
    (name,) = names_of(embed, topic(*texts))
    assert "invoice" in name.lower()
    assert "jane" not in name.lower()
    assert "@" not in name
    assert not any(char.isdigit() for char in name)


def test_each_topic_is_read_in_its_own_language(
    embed: embedding.Embedder, topic: MakeTopic
) -> None:
    """ "die" is a small word in German only."""
    german, english = names_of(
        embed,
        topic("Die Rechnung ist falsch", "Wo ist die Rechnung?", "Ich brauche die Rechnung"),
        topic("The plants die quickly", "why do my plants die", "plants die in winter"),
    )
    assert "rechnung" in german.lower()
    assert not german.startswith("Die")
    assert "die" in english.lower().split()


def test_words_alone_name_topics_where_there_is_no_model(topic: MakeTopic) -> None:
    labels = label_by_keywords([topic(*PASSWORD), topic(*REFUND), topic(*DELIVERY)])
    for label, word in zip(labels, ["password", "refund", "parcel"], strict=True):
        assert_fit(label.name)
        assert word in label.name.lower()


@pytest.mark.parametrize(
    ("texts", "unwanted"),
    [
        (("How come my transfer was declined", "how come transfers get declined"), "come"),
        (("plans and have and features", "which plans and and features"), "and and"),
    ],
)
def test_words_alone_cut_no_name_from_a_sentence(
    topic: MakeTopic, texts: tuple[str, ...], unwanted: str
) -> None:
    (label,) = label_by_keywords([topic(*texts)])
    assert unwanted not in label.name.lower()


def test_the_model_is_asked_once_about_few_candidates(
    embed: embedding.Embedder, topic: MakeTopic
) -> None:
    asked: list[list[str]] = []

    def noted(phrases: list[str]) -> NDArray[np.float32]:
        asked.append(phrases)
        return embed(phrases)

    label_by_keywords([topic(*PASSWORD), topic(*REFUND), topic(*DELIVERY)], noted)
    (phrases,) = asked
    assert 3 < len(phrases) <= 9
    assert len(set(phrases)) == len(phrases)
