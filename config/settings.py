"""Postil's settings: one file, by chapters, everything that differs from place to place from the
environment. `.env.example` lists each variable; a wrong value stops the start with a sentence.
"""

import ipaddress
import sys
from pathlib import Path
from typing import Any

import dj_database_url
from django.utils.translation import gettext_lazy as _
from environs import Env, EnvError

from config.environment import (
    email_settings,
    folder,
    kept_key,
    refuse,
    secret,
    site_address,
)

# --- Place ---------------------------------------------------------------------------------------

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env(eager=False)
env.read_env(str(BASE_DIR / ".env"), recurse=False)

DEBUG = env.bool("DEBUG", default=False)
_data_dir = env.str("DATA_DIR", default="") or str(BASE_DIR / "var")
_allowed_hosts: list[str] = env.list("ALLOWED_HOSTS", default=[])
_site_url = env.str("SITE_URL", default="http://127.0.0.1:8000")
_trusted_proxies: list[str] = env.list("TRUSTED_PROXIES", default=[])
_cache_url = env.str("CACHE_URL", default="")
_page_cache_mb = env.int("PAGE_CACHE_MB", default=32)
_page_disk_mb = env.int("PAGE_DISK_MB", default=0)
_max_upload_mb = env.int("MAX_UPLOAD_MB", default=25)
FROM_EMAIL = env.str("FROM_EMAIL", default="")
try:
    env.seal()
except EnvError as error:
    refuse(f"the environment has a wrong value: {error}")

DATA_DIR = folder(Path(_data_dir).expanduser().resolve(), name="DATA_DIR")

# --- Address and security ------------------------------------------------------------------------

SECRET_KEY = secret("SECRET_KEY") or kept_key(DATA_DIR / "secret_key")
# Old keys that still open links and cookies made with them, newest first.
SECRET_KEY_FALLBACKS = [key for key in secret("SECRET_KEY_FALLBACKS").split(",") if key]

SITE = site_address(_site_url)
SITE_URL = f"{SITE.scheme}://{SITE.netloc}"
IS_HTTPS = SITE.scheme == "https"

ALLOWED_HOSTS = _allowed_hosts or sorted({SITE.hostname or "", "127.0.0.1", "localhost", "[::1]"})
if "*" in ALLOWED_HOSTS and not DEBUG:
    refuse("ALLOWED_HOSTS is *, so anybody could name the host. List the names of this blog.")
CSRF_TRUSTED_ORIGINS = [SITE_URL]

try:
    TRUSTED_PROXIES = [ipaddress.ip_network(network) for network in _trusted_proxies]
except ValueError as error:
    refuse(f"TRUSTED_PROXIES has an address that can't be read: {error}.")
# Only a proxy that is named above is believed; for anybody else the middleware drops the header.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Without a named proxy nobody can tell us that the reader came by https: a redirect would go round
# in circles.
SECURE_SSL_REDIRECT = IS_HTTPS and bool(TRUSTED_PROXIES)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0  # a year
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_HTTPS
SECURE_HSTS_PRELOAD = IS_HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"  # the writing desk shows its preview in a frame
# Django 6 names; config.middleware reads them until then.
SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:", "blob:"],
    "media-src": ["'self'"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "manifest-src": ["'self'"],
    "frame-src": ["'self'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'self'"],
    "base-uri": ["'none'"],
    "object-src": ["'none'"],
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: []
    for name in ("camera", "geolocation", "microphone", "payment", "usb", "browsing-topics")
}

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "__Host-session" if IS_HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if IS_HTTPS else "csrf"
SESSION_COOKIE_AGE = 14 * 24 * 60 * 60  # seconds
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"

# A form carries a text of at most a million characters; nothing we accept needs more fields.
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_000
# Of each uploaded file; of the whole request nothing else is ever kept.
if not 0 < _max_upload_mb <= 200:
    refuse("MAX_UPLOAD_MB needs a number from 1 to 200: a picture is read into memory.")
MAX_UPLOAD_BYTES = _max_upload_mb * 1_000_000
FILE_UPLOAD_HANDLERS = [
    "blog.images.uploads.UploadLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
SILENCED_SYSTEM_CHECKS = [
    # The database cache of one machine counts log-ins across processes; allauth asks for no more.
    "account.W001",
    # The writing desk shows its preview in a frame of this site; frame-ancestors says the same.
    "security.W019",
]

# --- Apps ----------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "blog.apps.BlogConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sites",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_prose_editor",  # its bundled engine; the fields and widgets are not used
    "simple_history",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_comments_xtd",
    "django_comments",
    # Last: its ready() disconnects a handler that the package's ready() connects.
    "comments.apps.CommentsConfig",
]

MIDDLEWARE = [
    "config.middleware.trusted_proxies",
    "config.middleware.security_policies",
    "config.middleware.sensible_requests",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.database_away",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "blog.middleware.SiteProfileMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
SITE_ID = 1
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
                "blog.context_processors.site_profile",
            ],
        },
    }
]

# --- Database and cache --------------------------------------------------------------------------

try:
    DATABASES: dict[str, dict[str, Any]] = {
        "default": dict(
            dj_database_url.parse(
                secret("DATABASE_URL") or f"sqlite:///{DATA_DIR / 'postil.sqlite3'}",
                conn_max_age=600,
                conn_health_checks=True,
            )
        )
    }
except (ValueError, dj_database_url.ParseError) as error:
    refuse(f"DATABASE_URL can't be read: {error}. Try postgres://user:password@host/name.")

_database = DATABASES["default"]
if "sqlite" in _database["ENGINE"]:
    # A kept connection keeps its WAL file: readers go on when the disk is full.
    _database["CONN_MAX_AGE"] = None
    _database["OPTIONS"] = {
        # A transaction that turns into a writer half-way fails at once with "database is locked";
        # one that asks for the lock first waits its turn.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,  # seconds to wait for another writer
        # FULL: a comment that was acknowledged survives a power cut.
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;"
        "PRAGMA cache_size=-16000;PRAGMA temp_store=MEMORY;",
    }
    # Tests run on a file too: a database in memory knows neither WAL nor waiting writers.
    _database["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
elif "postgresql" not in _database["ENGINE"]:
    refuse("DATABASE_URL names another database than SQLite or PostgreSQL.")
else:
    _database.setdefault("OPTIONS", {}).setdefault("connect_timeout", 3)

if _cache_url:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": _cache_url,
            "KEY_PREFIX": "postil",
        }
    }
else:
    # Shared by all processes of one machine: limits of log-ins are counted here.
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "postil_cache",
        }
    }

# Finished pages in the memory of each web process; a thousand take about 32 MB. None while
# developing: a template that was just saved has to show.
if _page_cache_mb < 0:
    refuse("PAGE_CACHE_MB is less than nothing. 0 switches the page cache off.")
PAGE_CACHE_MB = 0 if DEBUG else _page_cache_mb
# The same in DATA_DIR/pages, for a web server in front that sends them by itself.
if _page_disk_mb < 0:
    refuse("PAGE_DISK_MB is less than nothing. 0 keeps no pages on disk.")
if _page_disk_mb and _cache_url:
    refuse(
        "PAGE_DISK_MB keeps pages on the disk of one machine, and CACHE_URL is for several: "
        "another machine's changes would not be seen there. Set only one of them."
    )
PAGE_DISK_MB = _page_disk_mb if PAGE_CACHE_MB else 0
# Where web processes tell each other what changed: a file in DATA_DIR on one machine.
PAGE_STAMPS_URL: str = _cache_url

# --- Language and time ---------------------------------------------------------------------------

# A page speaks the language, and counts in the time zone, that the site profile names; these are
# what commands use before there is one.
LANGUAGE_CODE = "en"
# The last four for readers and guests only: docs/decisions/0018.
LANGUAGES = [
    ("en", "English"),
    ("zh-hans", "简体中文"),
    ("de", "Deutsch"),
    ("es", "Español"),
    ("fr", "Français"),
    ("ar", "العربية"),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

# --- Files ---------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
FILE_UPLOAD_PERMISSIONS = 0o640
STORAGES = {
    "default": {"BACKEND": "blog.images.storage.WholeFiles"},
    "staticfiles": {"BACKEND": "config.static_files.HashedFiles"},
}
if DEBUG:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = DEBUG

# --- People --------------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

# --- Mail ----------------------------------------------------------------------------------------

_email_url = secret("EMAIL_URL")
HAS_MAIL = bool(_email_url)
globals().update(email_settings(_email_url))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = FROM_EMAIL or f"postil@{SITE.hostname}"

ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*", "password2*"]
# A mailed link proves the address; without a mail server nobody could ever confirm one.
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if HAS_MAIL else "none"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_FORMS = {"login": "config.accounts.LoginForm"}
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
# Counted by network, not by name: who knows a name could otherwise keep its owner out.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/5m/ip"}
ACCOUNT_DEFAULT_HTTP_PROTOCOL = SITE.scheme
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_TOTP_ISSUER = "Postil"

# --- Comments ------------------------------------------------------------------------------------

COMMENTS_APP = "django_comments_xtd"
COMMENTS_XTD_MODEL = "comments.models.BlogComment"
COMMENTS_XTD_FORM_CLASS = "comments.forms.CommentForm"
COMMENTS_XTD_MAX_THREAD_LEVEL = 60
COMMENTS_XTD_LIST_ORDER = ("submit_date",)
COMMENTS_XTD_THREADED_EMAILS = False
COMMENTS_XTD_CONFIRM_EMAIL = False  # the package's own flow is not used: ours keeps the row
COMMENTS_XTD_SALT = b""
COMMENTS_TIMEOUT = 24 * 60 * 60  # seconds a form may stay open before it asks for one more click

# --- Log -----------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "stream": sys.stderr}
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        # A stranger's wrong host name is his mistake, not an event.
        "django.security.DisallowedHost": {"handlers": [], "propagate": False},
        "blog": {"level": "INFO"},
        "comments": {"level": "INFO"},
    },
}

LANGUAGE_NAMES = {
    "en": _("English"),
    "zh-hans": _("Simplified Chinese"),
    "de": _("German"),
    "es": _("Spanish"),
    "fr": _("French"),
    "ar": _("Arabic"),
}
