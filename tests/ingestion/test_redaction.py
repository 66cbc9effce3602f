"""What is masked in a text, and what only looks like it."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.redaction import redact

MASKED = [
    # e-mail addresses
    ("I never got the mail to jane.doe+shop@example.co.uk.", "I never got the mail to [email]."),
    ("Write to <bob@mail.example.com>, please", "Write to <[email]>, please"),
    ("mailto:a@b.co", "mailto:[email]"),
    ("jürgen@müller.de hat nichts bekommen", "[email] hat nichts bekommen"),
    ("o'neil@example.com,x@y.org", "[email],[email]"),
    # phones
    ("Call me at +1 (555) 234-5678 today", "Call me at [phone] today"),
    ("call 555-234-5678.", "call [phone]."),
    ("(415) 555-2671 is mine", "[phone] is mine"),
    ("my number is 4155552671", "my number is [phone]"),
    ("+4915123456789", "[phone]"),
    ("Tel. 030 / 123 456 78", "Tel. [phone]"),
    ("Rückruf unter 030 1234567 bitte", "Rückruf unter [phone] bitte"),
    ("appelez le 06 12 34 56 78 svp", "appelez le [phone] svp"),
    ("phone: 07700 900123", "phone: [phone]"),
    ("0049 30 1234567", "[phone]"),
    ("ring me on 555-1234", "ring me on [phone]"),
    ("555-234-5678 24 hours a day", "[phone] 24 hours a day"),
    ("555-234-5678 555-234-5679 212-555-0123", "[phone] [phone] [phone]"),
    # cards
    ("My card 4111 1111 1111 1111 was charged", "My card [card] was charged"),
    ("card 4111111111111111", "card [card]"),
    ("5500-0000-0000-0004 expired", "[card] expired"),
    ("Amex 3782 822463 10005", "Amex [card]"),
    ("order 12 4111 1111 1111 1111", "order 12 [card]"),
    # IP addresses
    ("blocked from 192.168.17.4 since noon", "blocked from [ip] since noon"),
    ("http://10.0.0.1:8080/", "http://[ip]:8080/"),
    ("2001:db8:85a3::8a2e:370:7334 cannot connect", "[ip] cannot connect"),
    ("fe80::1ff:fe23:4567:890a.", "[ip]."),
    # social security numbers
    ("SSN 123-45-6789", "SSN [ssn]"),
    ("my social security number is 123456789", "my social security number is [ssn]"),
    # secrets
    ("key sk-ant-api03-abcDEF_ghiJKLmnoPQR fails", "key [secret] fails"),
    ("sk_live_4eC39HqLyjWDarjtT1zdp7dc", "[secret]"),
    ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "[secret]"),
    ("AKIAIOSFODNN7EXAMPLE is refused", "[secret] is refused"),
    ("tur_live_0a1b2c3d4e5f60718293a4b5c6d7e8f9", "[secret]"),
    ("Authorization: Bearer abc123def456", "Authorization: Bearer [secret]"),
    ("password: hunter2!", "password: [secret]"),
    ("API_KEY=abc123xyz", "API_KEY=[secret]"),
    (
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N",
        "[secret]",
    ),
    ("commit 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12", "commit [secret]"),
    ("id 123e4567-e89b-12d3-a456-426614174000", "id [secret]"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----", "[secret]"),
]

KEPT = [
    "Where is order 112-3456789-1234567?",
    "Order #555-234-5678 never came",
    "order number 4155552671",
    "invoice 2024-000123-45",
    "tracking number 1Z999AA10123456784",
    "Since version 10.0.19041.1 it crashes",
    "version 1.2.3.4 is slow",
    "v2.10.3.1 and react@18.2.0",
    "Python 3.11.7, PostgreSQL 18.0",
    "on 2024-01-15 10:30:00",
    "between 01.02.2024 and 12.02.2024",
    "01/02/2024 10 at 12:30:45",
    "from 2024-01-15 to 2024-02-15",
    "I paid $1,234.56 or 1.234.567,89 €",
    "1 000 000 requests a month",
    "4111 1111 1111 1112 is no card",
    "It took 1234567890 ns",
    "hotel 12345678",
    "std::vector<int> and a::b",
    "resistance 10-20-30 %",
    "The token expired",
    "password reset does not work",
    "forgot password: what now?",
    "my-long-article-name-about-covid-19-vaccines",
    "https://example.com/articles/2024/how-to-reset-your-password",
    "getUserAccountSettingsForOrganization2",
    "@anna said 3 @ 4 o'clock",
    "ISBN 978-3-16-148410-0",
    "404 500 502 errors",
    "open 24/7, 365 days, 9-17",
    "score 3:2, ratio 16:9, at 10:15:30",
    "",
]

PERSONAL = st.sampled_from(
    [text for text, _ in MASKED]
    + ["@", "a@b.co", "+1", "555-234-5678", "4111111111111111", "1.1.1.1", "::", "-", " ", ".", "x"]
    + ["123-45-6789", "sk-", "aB1cD2eF3gH4iJ5kL6mN7", "[email]", "[", "]", "token=", "\u200b", "\n"]
)
HOSTILE = st.one_of(st.text(), st.lists(PERSONAL, max_size=12).map("".join))


@pytest.mark.parametrize(("text", "expected"), MASKED)
def test_what_identifies_is_masked(text: str, expected: str) -> None:
    assert redact(text) == expected


@pytest.mark.parametrize("text", KEPT)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert redact(text) == text


@settings(max_examples=600)
@given(HOSTILE)
def test_masking_twice_is_masking_once_and_hardly_grows(text: str) -> None:
    masked = redact(text)
    assert redact(masked) == masked
    assert 6 * len(masked) <= 7 * len(text)


@given(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=40).map(lambda text: f"{text} "),
    st.sampled_from(["jane@example.com", "4111 1111 1111 1111", "+1 555 234 5678", "123-45-6789"]),
)
def test_it_is_masked_after_whatever_stands_before(before: str, personal: str) -> None:
    assert personal not in redact(f"{before}{personal}")


@pytest.mark.parametrize(
    "unit",
    [
        "a", "1", "1 ", "1-", "a@", "a.", "@a.", "1.", ":", "a:", "+1 ", "(1", "0 12 ", "aA1-",
        "4111 ", "token=", "token ", "eyJ", "eyJaaaaaaaa.", "sk-", "-----BEGIN PRIVATE KEY-----",
        "x@y.", "[email]", "123-45-", "ssn ", "tel ", "\ud800", "a1", "3 ", "00 12 34 56 78 ",
    ],
)  # fmt: skip
def test_time_grows_with_length_whatever_the_text(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    began = process_time()
    redact(text)
    assert process_time() - began < 5
