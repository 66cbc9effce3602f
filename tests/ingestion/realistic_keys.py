"""Realistic metadata keys, each with the type it should get and values for up to 100 events.

Values are drawn in a fixed way from a few patterns, so that the table stays readable: a list is
what one event after another carries, starting anew at its end.
"""

from __future__ import annotations

import hashlib
import random
import uuid
from collections.abc import Callable, Sequence

from ingestion.metadata import Scalar

Values = Callable[[int], Scalar]

MESSAGES = (
    "How do I reset my password?",
    "I forgot my login credentials",
    "Can't remember my account password",
    "I can't log in",
    "Password reset not working",
    "Account locked out",
    "What pricing plans do you offer?",
    "How much does it cost?",
    "What are your pricing plans?",
    "Can I get a discount?",
    "Do you have a promo code?",
    "Any coupons available?",
    "Integration failing",
    "The integration stopped working",
    "Can you add dark mode?",
    "Would love to see templates",
    "Need better export options",
    "API not responding",
    "Getting 500 errors",
    "Write a blog post about AI",
    "Create marketing copy",
    "Generate product descriptions",
)
_ADJECTIVES = ("slow", "lovely", "confusing", "solid", "noisy", "brilliant", "dated", "handy")
_NOUNS = ("editor", "export", "dashboard", "search box", "mobile app", "invoice page", "chart")
_VERBS = ("feels", "looks", "seems", "became", "stays", "was")
_WORDS = ("python", "refund", "kubernetes", "pancakes", "taxes", "sofa", "visa", "guitar", "loan")


def cycle(*values: Scalar) -> Values:
    return lambda n: values[n % len(values)]


def sentence(n: int) -> str:
    draw = random.Random(n)
    noun, verb, adjective = (draw.choice(words) for words in (_NOUNS, _VERBS, _ADJECTIVES))
    return f"The {noun} {verb} {adjective} since update {n}, please have a look"


def remark(n: int) -> str:
    return "ok" if n == 0 else sentence(n)


def word(n: int) -> str:
    return _WORDS[n % len(_WORDS)] + " abcdefghijkl"[n // len(_WORDS)].strip()


def japanese(n: int) -> str:
    season, verb = "春夏秋冬"[n % 4], "送受見直"[n // 4 % 4]
    return f"パスワードを忘れました。{season}の請求書を{verb}ってください" + "。" * (n // 16)


def digest(n: int) -> str:
    return hashlib.sha256(str(n).encode()).hexdigest()


def uid(n: int) -> str:
    return str(uuid.UUID(int=random.Random(n).getrandbits(128), version=4))


def growing(start: float, step: float) -> Values:
    return lambda n: start + step * n


def counted(template: str) -> Values:
    return lambda n: template.format(n + 1)


KEYS: Sequence[tuple[str, str, Values]] = (
    # What people write
    ("prompt", "text", cycle(*MESSAGES)),
    ("user_prompt", "text", sentence),
    ("lastUserMessage", "text", cycle(*MESSAGES)),
    ("message", "text", sentence),
    ("msg", "text", remark),
    ("text", "text", remark),
    ("free_text", "text", sentence),
    ("question", "text", cycle(*MESSAGES)),
    ("query", "text", word),
    ("search_query", "text", word),
    ("q", "text", word),
    ("search", "text", word),
    ("feedback", "text", remark),
    ("nps_comment", "text", remark),
    ("comments", "text", sentence),
    ("content", "text", sentence),
    ("message.content", "text", remark),
    ("body", "text", sentence),
    ("description", "text", sentence),
    ("transcript", "text", lambda n: " ".join(sentence(n + k) for k in range(40))),
    ("review", "text", sentence),
    ("input", "text", remark),
    ("completion", "text", sentence),
    ("support_request", "text", sentence),
    ("notes", "text", sentence),
    ("prompt_ja", "text", japanese),
    ("complaint", "text", sentence),
    ("userPromptV2", "text", remark),
    ("text_en", "text", word),
    ("what_they_said", "text", sentence),
    ("reden_van_vertrek", "text", sentence),
    # One of a few values
    ("platform", "enum", cycle("ios", "android", "web")),
    ("os", "enum", cycle("iOS 17.2", "Android 14", "Windows 11")),
    ("device", "enum", cycle("iPhone 15 Pro", "Pixel 8", "Galaxy S24 Ultra")),
    ("browser", "enum", cycle("Chrome", "Safari", "Firefox")),
    ("plan", "enum", cycle("free", "pro", "team")),
    ("subscription_tier", "enum", cycle("free", "pro annual", "pro monthly")),
    ("language", "enum", cycle("en", "de", "pt-BR", "zh-Hans")),
    ("prompt_language", "enum", cycle("en-US", "fr-FR")),
    ("locale", "enum", cycle("en_US", "de_DE", "ja_JP")),
    ("country", "enum", cycle("DE", "United States", "Côte d'Ivoire")),
    ("channel", "enum", cycle("email", "in app chat", "phone call")),
    ("category", "enum", cycle("Billing and payment", "Account", "Bug report")),
    ("message_type", "enum", cycle("user", "assistant", "system")),
    ("model", "enum", cycle("gpt-4o", "claude-sonnet-4-5", "llama3")),
    ("is_pro", "enum", cycle(True, False)),
    ("has_comment", "enum", cycle("yes", "no")),
    ("beta", "enum", cycle("true", "false")),
    ("new_user", "enum", cycle(1, 0)),
    ("experiment", "enum", cycle("control", "variant-b")),
    ("environment", "enum", cycle("production", "staging")),
    ("status", "enum", cycle("ok", "failed", "timed out")),
    ("status_code", "enum", cycle(200, 404, 500)),
    ("app_version", "enum", cycle("1.4.2", "1.4.3", "2.0.0-beta.1")),
    ("version", "enum", cycle("2.1", "2.2")),
    ("sentiment", "enum", cycle("positive", "neutral", "negative")),
    ("utm_source", "enum", cycle("newsletter", "google", "product-hunt")),
    ("weekday", "enum", cycle("Mon", "Tue", "Wed")),
    ("theme", "enum", cycle("dark", "light")),
    ("timezone", "enum", cycle("Europe/Berlin", "America/New_York", "UTC")),
    ("tone", "enum", cycle("formal", "casual")),
    # What names a thing, a place or a moment
    ("request_id", "enum", uid),
    ("message_id", "enum", counted("msg_{:06d}")),
    ("userId", "enum", growing(18_231, 7)),
    ("trace", "enum", digest),
    ("content_hash", "enum", digest),
    ("session_token", "enum", lambda n: digest(n)[:24]),
    ("fingerprint", "enum", lambda n: "sha256:" + digest(n)),
    ("created_at", "enum", counted("2026-03-{:02d}T10:15:00Z")),
    ("sent_at", "enum", growing(1_767_225_600, 61)),
    ("timestamp", "enum", growing(1_767_225_600_000, 61_000)),
    ("date", "enum", counted("2026-01-{:02d}")),
    ("page_url", "enum", counted("https://example.com/orders/{}?tab=items")),
    ("path", "enum", counted("/settings/team/{}")),
    ("referrer", "enum", cycle("https://www.google.com/", "direct")),
    ("email", "enum", counted("person{}@example.com")),
    ("user.name", "enum", lambda n: f"{_ADJECTIVES[n % 8].title()} {_WORDS[n % 9].title()}"),
    ("file_name", "enum", counted("Quarterly report {} final.pdf")),
    ("ip", "enum", counted("10.0.0.{}")),
    ("ts", "enum", growing(1_767_225_600.5, 61)),
    ("company", "enum", counted("Acme North and Sons Limited {}")),
    ("user_agent", "enum", counted("Mozilla/5.0 (X11; Linux x86_64) Gecko/{} Firefox/140")),
    ("zip_code", "enum", growing(10_115, 3)),
    ("order", "enum", counted("ORD-2026-{:05d}")),
    # What is measured
    ("duration_ms", "number", growing(812.5, 3.7)),
    ("latency", "number", growing(0.21, 0.013)),
    ("response_time", "number", growing(120, 9)),
    ("prompt_tokens", "number", growing(211, 13)),
    ("comment_count", "number", cycle(0, 1, 2, 5)),
    ("message_length", "number", growing(12, 5)),
    ("rating", "number", cycle(5, 4, 3, 1)),
    ("nps_score", "number", cycle("9", "10", "3")),
    ("temperature", "number", cycle(0.7, 0.2, 1.0)),
    ("price", "number", counted("{}.99")),
    ("amount", "number", cycle("1,299.00", "19.50", "-3")),
    ("discount", "number", cycle("10%", "25%")),
    ("retries", "number", cycle(0, 0, 1)),
    ("turn", "number", cycle(1, 2, 3, 4)),
    ("geo.latitude", "number", growing(52.5, 0.01)),
    ("feedback_stars", "number", cycle(5, 4)),
)
