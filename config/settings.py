"""Every setting of Turret, read from the environment; `docs/operations.md` has the table."""

from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

from billing.plans import PLANS
from config import addresses, embedded
from config import environment as env
from config.secrets import secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = embedded.data_dir().resolve()

DEBUG = env.boolean("DEBUG", default=False)
SECRET_KEY = env.secret("SECRET_KEY", least=50) or secret_key(DATA_DIR)
PORT = env.number("PORT", 8000, 1, 65535)
HOST = env.address("HOST", "127.0.0.1")
LOCAL_URL = f"http://{addresses.local_name(HOST)}:{PORT}"
BASE_URL = env.checked("BASE_URL", addresses.origin, "like https://turret.example.com", LOCAL_URL)
HTTPS = BASE_URL.startswith("https://")
ALLOWED_HOSTS = [
    *("localhost", "127.0.0.1", "[::1]", *map(addresses.host_of, {LOCAL_URL, BASE_URL})),
    *env.several("ALLOWED_HOSTS", addresses.host, "host names, without https:// and port"),
]
CSRF_TRUSTED_ORIGINS = [
    BASE_URL,
    *env.several("CSRF_TRUSTED_ORIGINS", addresses.origins, "like https://turret.example.com"),
]

INSTALLED_APPS = [
    "accounts",
    "billing",
    "ingestion",
    "clustering",
    "journeys",
    "config",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_htmx",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "django_rq",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.observing.NotingViews",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.time_zones.middleware",
    "accounts.sessions.middleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context_processors.navigation",
            ],
        },
    }
]

# Stores: PostgreSQL is the truth; Redis holds the queue, counters and caches.

_database: dict[str, Any] = env.checked(
    "DATABASE_URL",
    addresses.database,
    "like postgresql://user:password@host:5432/name",
    show=env.shown_url,
) or embedded.database(DATA_DIR)
_pool = {
    "min_size": 1,
    "max_size": env.number("DATABASE_POOL_SIZE", 10, 1, 1000),
    "timeout": 3,  # seconds; then /track answers 503 instead of keeping its client waiting
    "reconnect_timeout": 2,  # seconds of trying by itself; afterwards each request tries
}
DATABASES = {"default": {**_database, "OPTIONS": {**_database.get("OPTIONS", {}), "pool": _pool}}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.checked(
    "REDIS_URL",
    addresses.redis,
    "like redis://:password@host:6379/0, rediss://… or unix://…",
    show=env.shown_url,
) or embedded.redis_url(DATA_DIR)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},  # seconds
    }
}

RQ_QUEUES: dict[str, dict[str, Any]] = {
    # Extract, embed and assign: what makes an event visible within seconds.
    "events": {"URL": REDIS_URL, "DEFAULT_TIMEOUT": 600},
    # Clustering runs and labels: minutes are fine.
    "topics": {"URL": REDIS_URL, "DEFAULT_TIMEOUT": 3600},
}

# Accounts

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
SIGN_UP = env.boolean("SIGN_UP", default=True)
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0, 0, 10)
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "accounts.throttling.username"
AXES_CLIENT_IP_CALLABLE = "accounts.throttling.guesser"
AXES_LOCKOUT_CALLABLE = "accounts.throttling.locked_out"
AXES_DISABLE_ACCESS_LOG = True  # nothing is kept of log-ins that went well
AXES_VERBOSE = False
OTP_TOTP_ISSUER = "Turret"
OTP_ADMIN_HIDE_SENSITIVE_DATA = True
DEFAULT_PLAN = env.choice("DEFAULT_PLAN", "trial", PLANS)
BURST_LIMITS = env.numbers(
    "BURST_LIMITS", {"trial": 2000, "pro": 5000, "business": 20000, "enterprise": 20000}, PLANS
)

# E-mail: printed to the console unless a server is named, e.g. smtp+tls://user:password@host:587

EMAIL_TIMEOUT = 10  # seconds
vars().update(
    env.checked(
        "EMAIL_URL",
        addresses.mail,
        "like smtp+tls://user:password@host:587",
        "consolemail://",
        show=env.shown_url,
    )
)
DEFAULT_FROM_EMAIL = env.checked(
    "DEFAULT_FROM_EMAIL", addresses.sender, "an e-mail address", "Turret <turret@localhost>"
)
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Pages

LANGUAGE_CODE = "en"
USE_I18N = False
FORMAT_MODULE_PATH = "config.formats"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
# Of django-unfold nothing is used but one file of its wheel: Chart.js.
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("chartjs", str(files("unfold") / "static/unfold/js/chart")),
]
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.storage.StaticFiles"},
}
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_NAME = "turret_session"
CSRF_COOKIE_NAME = "turret_csrf"
SECURE_COOKIES = env.boolean("SECURE_COOKIES", default=HTTPS)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES

# Behind a proxy that speaks https. Only its header says so, and only a proxy that always sets it
# may be trusted; without one, redirecting would never end.

PROXY_SSL_HEADER = env.checked("PROXY_SSL_HEADER", addresses.header, "like X-Forwarded-Proto")
if PROXY_SSL_HEADER:
    SECURE_PROXY_SSL_HEADER = (f"HTTP_{PROXY_SSL_HEADER.upper().replace('-', '_')}", "https")
SECURE_SSL_REDIRECT = HTTPS and bool(PROXY_SSL_HEADER)
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]  # asked for from inside, past the proxy
SECURE_HSTS_SECONDS = env.number("HSTS_SECONDS", 31_536_000 if HTTPS else 0, 0, 10**9)
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # Turret speaks for its own host, not for what lies beside or below it
    "security.W021",  # the same
]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.1",
    "TITLE": "Turret",
    "VERSION": "1",
    "PREPROCESSING_HOOKS": ["ingestion.schema.only_the_api"],
    "POSTPROCESSING_HOOKS": ["ingestion.schema.with_components"],
}

# Topics

COLUMNS_MEMORY_MB = env.number("COLUMNS_MEMORY_MB", 512, 1, 10**6)
EMBEDDING_MODEL = env.checked(
    "EMBEDDING_MODEL", addresses.model, "a folder that exists, or a model's name"
)
ANTHROPIC_API_KEY = env.secret("ANTHROPIC_API_KEY")
ANTHROPIC_BASE_URL = env.checked(
    "ANTHROPIC_BASE_URL",
    addresses.website,
    "like https://api.anthropic.com",
    "https://api.anthropic.com",
    show=env.shown_url,
)
ANTHROPIC_MODEL = env.text("ANTHROPIC_MODEL", "claude-haiku-4-5")
LLM_MONTHLY_TOKENS = env.number("LLM_MONTHLY_TOKENS", 2_000_000, 0, 10**15)  # some 2,500 names

# Watching: the metrics page is there once it has a token, error reports go where a DSN says.

METRICS_TOKEN = env.secret("METRICS_TOKEN", least=16)
SENTRY_DSN = env.checked("SENTRY_DSN", addresses.sentry, "a Sentry DSN", show=env.shown_url)

# Logs: one line per fact, to the terminal.

LOG_FORMAT = env.choice("LOG_FORMAT", "lines", ("lines", "json"))
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "lines": {"()": "config.logs.Lines"},
        "json": {"()": "config.logs.Json"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django.request": {"level": "ERROR"},  # what a client did wrong, it was told
        "django.db.backends": {"level": "INFO"},  # below that it quotes what is stored
        "faiss": {"level": "WARNING"},  # which of its libraries it loads
        "rq.cron": {"level": "WARNING"},  # it tells of every job that it asks for
    },
}
