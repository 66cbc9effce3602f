"""Realistic metadata keys, each with the type it should get and values.

Values are drawn in a fixed way from a few patterns, so that the table stays readable: a list is
what one event after another carries, starting anew at its end.
"""

from __future__ import annotations

import base64
import hashlib
import json
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
    return _WORDS[n % len(_WORDS)] + " abcdefghijkl"[n // len(_WORDS) % 13].strip()


def japanese(n: int) -> str:
    season, verb = "春夏秋冬"[n % 4], "送受見直"[n // 4 % 4]
    return f"パスワードを忘れました。{season}の請求書を{verb}ってください" + "。" * (n // 16)


def digest(n: int) -> str:
    return hashlib.sha256(str(n).encode()).hexdigest()


def uid(n: int) -> str:
    return str(uuid.UUID(int=random.Random(n).getrandbits(128), version=4))


def base64_of(n: int) -> str:
    return base64.b64encode(digest(n).encode()).decode()


def number_or_remark(n: int) -> Scalar:
    return sentence(n) if n % 2 == 0 else n


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
    ("searchTerm", "text", word),
    ("why", "text", remark),
    ("id_description", "text", sentence),
    ("answer", "text", number_or_remark),
    ("review.remark", "text", lambda n: sentence(n) if n % 4 == 0 else "n/a"),
    ("留言", "text", lambda n: f"我的订单{n}还没有到，请帮我查一下"),
    ("chinese.prompt", "text", lambda n: f"请帮我重置密码{n}"),
    ("сообщение", "text", lambda n: f"Не могу войти в аккаунт номер {n}, помогите"),
    ("body_html", "text", lambda n: f"<p>{sentence(n)}</p><br/>"),
    ("html", "text", lambda n: f"<div><b>{sentence(n)}</b></div>"),
    ("json.prompt", "text", lambda n: json.dumps({"role": "user", "content": sentence(n)})),
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
    ("reaction", "enum", cycle("👍", "❤️", "😂", "🎉")),
    ("consent", "enum", cycle("Yes", "No")),
    ("newsletter", "enum", cycle("TRUE", "FALSE")),
    ("speaks", "enum", cycle("en-US", "pt-BR", "de-DE")),
    ("nickname_status", "enum", cycle("null", "None", "active")),
    ("break_length", "enum", cycle("PT5M", "PT1H30M", "P1D")),
    ("accent", "enum", cycle("#ff0000", "#00ff00")),
    ("ab_bucket", "enum", cycle(0, 1)),
    ("prompt_template", "enum", cycle("v1-short", "v2-long")),
    ("tags", "enum", cycle("a,b", "c,d")),
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
    ("uuid.prompt", "enum", uid),
    ("id.message_id", "enum", growing(1, 1)),
    ("promotion", "enum", cycle("007", "010", "042", "0815")),
    ("club", "enum", cycle("007", *[str(n) for n in range(10, 90, 2)])),
    ("order_number", "enum", growing(100_233, 3)),
    ("account_no", "enum", growing(100_233, 3)),
    ("due", "enum", counted("2026-01-{:02d}")),
    ("birthday", "enum", cycle("Jan 5, 1990", "March 7, 2001")),
    ("http_date", "enum", counted("Sat, {:02d} Jan 2026 10:00:00 GMT")),
    ("seen", "enum", counted("{} January 2026 10:00")),
    ("who", "enum", counted("ann{}@example.org")),
    ("callback", "enum", counted("+49 30 1234{:04d}")),
    ("phone_number", "enum", counted("+1 (555) 010-{:04d}")),
    ("mobile", "enum", counted("0171 234{:04d}")),
    ("checksum", "enum", lambda n: digest(n)[:32]),
    ("commit_sha", "enum", lambda n: digest(n)[:7]),
    ("blob", "enum", base64_of),
    ("avatar", "enum", lambda n: "data:image/png;base64," + base64_of(n)),
    ("jwt", "enum", lambda n: f"eyJhbGciOiJIUzI1NiJ9.{digest(n)}.{digest(n + 1)[:20]}"),
    ("attachment", "enum", counted("invoice_{}.pdf")),
    ("upload", "enum", counted("My holiday photo {}.jpg")),
    ("position", "enum", counted("52.5{:03d}, 13.4050")),
    ("extra", "enum", lambda n: json.dumps({"a": n, "b": ["x", "y"]})),
    ("payload", "enum", lambda n: json.dumps({"event": "click", "target": f"button {n}"})),
    ("steps", "enum", lambda n: json.dumps([n, n + 1])),
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
    ("reading", "number", cycle("1e5", "2.5e-3", "7")),
    ("gap", "number", cycle("-1.5", "2", "NaN", "null")),
    ("price_shown", "number", counted("${}.99")),
    ("cart_total", "number", counted("1.{:03d},50 €")),
    ("fee", "number", counted("{}.99 EUR")),
    ("cost", "number", counted("USD {},000")),
    ("upload_size", "number", counted("{}.5 MB")),
    ("elapsed", "number", counted("{}ms")),
    ("turn_number", "number", growing(1, 1)),
)
