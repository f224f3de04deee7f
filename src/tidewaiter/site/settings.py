"""Django settings. Everything an administrator may change comes from the environment:
see docs/administrator/settings.md.
"""

from __future__ import annotations

import os
from pathlib import Path

import dj_database_url
import structlog
from csp.constants import NONCE, NONE, SELF

from tidewaiter.site.home import home
from tidewaiter.site.secret import secret_key

HOME = home()
HERE = Path(__file__).parent
DEBUG = os.environ.get("TIDEWAITER_DEBUG") == "1"
SECRET_KEY = secret_key(HOME)
ALLOWED_HOSTS = os.environ.get("TIDEWAITER_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("TIDEWAITER_ORIGINS", "").split(",") if o]

INSTALLED_APPS = [
    "tidewaiter.platform.accounts",
    "tidewaiter.platform.ledger",
    "tidewaiter.platform.purpose",
    "tidewaiter.platform.seals",
    "tidewaiter.platform.sign_on",
    "tidewaiter.platform.journal",
    "tidewaiter.platform.jobs",
    "tidewaiter.platform.vault",
    "tidewaiter.platform.backup",
    "tidewaiter.platform.chance",
    "tidewaiter.platform.privacy",
    "tidewaiter.platform.foureyes",
    "tidewaiter.desks.intake",
    "tidewaiter.desks.targeting",
    "tidewaiter.desks.control",
    "tidewaiter.desks.performance",
    "tidewaiter.site",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "axes",
    "csp",
    "django_cotton",
    "django_htmx",
    "ninja",
]

MIDDLEWARE = [
    "tidewaiter.site.metrics.Measured",
    "django.middleware.security.SecurityMiddleware",
    "tidewaiter.site.headers.Headers",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tidewaiter.site.faults.Faults",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tidewaiter.platform.accounts.middleware.Whence",
    "tidewaiter.platform.accounts.middleware.SessionLife",
    "tidewaiter.site.preferences.ApplyPreferences",
    "tidewaiter.site.faults.RateLimited",
    "tidewaiter.platform.accounts.middleware.PlainAddress",
    "tidewaiter.platform.accounts.middleware.DenyByDefault",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "tidewaiter.site.urls"
WSGI_APPLICATION = "tidewaiter.site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "tidewaiter.site.context.frame",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "tidewaiter.site.templatetags.house",
            ],
        },
    }
]
FORM_RENDERER = "tidewaiter.site.renderer.HouseForms"
# The page of all components, for developers: /gallery/
GALLERY = os.environ.get("TIDEWAITER_GALLERY") == "1"
# A component sees what it is given, never the variables of the page around it.
COTTON_ISOLATE_BY_DEFAULT = True

# Nothing from outside, no script or style in the page itself (docs/administrator/security.md).
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "object-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}


def _database() -> dict[str, object]:
    url = os.environ.get("DATABASE_URL")
    if url:
        return {**dj_database_url.parse(url, conn_max_age=600, conn_health_checks=True)}
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(HOME / "tidewaiter.sqlite3"),
        "CONN_MAX_AGE": 600,
        "OPTIONS": {
            "timeout": 30,
            "transaction_mode": "IMMEDIATE",
            # FULL: an acknowledged message must survive a power cut.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            " PRAGMA foreign_keys=ON; PRAGMA cache_size=-65536;"
            # What was masked or deleted leaves nothing in free pages of the file.
            " PRAGMA secure_delete=ON;"
            # The worker does it (platform/checkpoints.py); this is for when there is none.
            " PRAGMA wal_autocheckpoint=20000;",
        },
    }


DATABASES = {"default": _database()}
# On disk, so that all processes of the server know which code of an authenticator app was used and
# how often somebody tried.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": HOME / "cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "tidewaiter.platform.accounts.passwords.CommonPieces"},
    {"NAME": "tidewaiter.platform.accounts.passwords.OwnWords"},
    {"NAME": "tidewaiter.platform.accounts.passwords.Breached"},
]
# Words that a guess would begin with, besides those of passwords.py: the administration's own.
PASSWORD_WORDS = [w for w in os.environ.get("TIDEWAITER_PASSWORD_WORDS", "").split(",") if w]
# A file of breached passwords, sorted SHA-1 as it is published; None: only the common ones.
BREACHED_PASSWORDS = os.environ.get("TIDEWAITER_BREACHED_PASSWORDS")
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_ADAPTER = "tidewaiter.platform.accounts.adapter.ClosedDoor"
ACCOUNT_EMAIL_VERIFICATION = "none"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_TOTP_ISSUER = "Tidewaiter"
MFA_PASSKEY_LOGIN_ENABLED = False
# Single sign-on by OpenID Connect: its file (docs/administrator/single-sign-on.md); empty: off.
SIGN_ON = os.environ.get("TIDEWAITER_SIGN_ON", "")
SOCIALACCOUNT_ADAPTER = "tidewaiter.platform.sign_on.adapter.OneProvider"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_QUERY_EMAIL = False
# Who opens nothing without a second factor: "all", or roles with commas between.
SECOND_FACTOR = frozenset(r for r in os.environ.get("TIDEWAITER_SECOND_FACTOR", "").split(",") if r)
# How many of our own proxies stand in front; 0: the address of the connection is the client's.
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("TIDEWAITER_PROXIES", "0"))
# Five failures from one address for one name shut the door, longer each time (lockout.py).
AXES_FAILURE_LIMIT = 5
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "tidewaiter.platform.accounts.lockout.tried_name"
AXES_CLIENT_IP_CALLABLE = "tidewaiter.platform.accounts.lockout.client_address"
AXES_COOLOFF_TIME = "tidewaiter.platform.accounts.lockout.pause"
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ACCESS_FAILURE_LOG = True
AXES_DISABLE_ACCESS_LOG = True  # the ledger has it
AXES_LOCKOUT_TEMPLATE = "accounts/locked.html"

SECURE_TLS = os.environ.get("TIDEWAITER_TLS") == "1"
# Over TLS a cookie belongs to this host alone: no sister domain can read or plant one.
COOKIE_PREFIX = "__Host-" if SECURE_TLS else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = SECURE_TLS
# From log-in to log-out at the latest, and without any request at most (accounts/middleware.py).
SESSION_COOKIE_AGE = 12 * 3600
SESSION_IDLE = 60 * int(os.environ.get("TIDEWAITER_IDLE_MINUTES", "60"))
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SECURE = SECURE_TLS
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}django_language"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SECURE = SECURE_TLS
LANGUAGE_COOKIE_SAMESITE = "Lax"
# A browser that was here once over TLS never comes back without it.
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE_TLS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = os.environ.get("TIDEWAITER_LANGUAGE", "en")
LANGUAGES = [
    ("en", "English"),
    ("fr", "Français"),
    ("es", "Español"),
    ("pt", "Português"),
    ("ru", "Русский"),
    ("ar", "العربية"),
]
LOCALE_PATHS = [HERE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = os.environ.get("TIDEWAITER_TIME_ZONE", "UTC")

STATIC_URL = "static/"
STATICFILES_DIRS = [HERE / "static"]
WHITENOISE_USE_FINDERS = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_TEMP_DIR = None
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "tidewaiter.platform.vault.uploads.SealedUploadHandler",
]

# The name under which heads of the ledger are signed, and who outside is given them: files or
# addresses with commas between (docs/administrator/ledger.md).
LEDGER_ORIGIN = os.environ.get("TIDEWAITER_LEDGER", "tidewaiter/ledger")
LEDGER_WITNESSES = [w for w in os.environ.get("TIDEWAITER_WITNESSES", "").split(",") if w]

# How long a proposal waits for a second officer before it goes back to who made it.
PROPOSAL_DAYS = int(os.environ.get("TIDEWAITER_PROPOSAL_DAYS", "30"))
# The repository that the worker backs the house up into (docs/administrator/backup.md).
BACKUPS = os.environ.get("TIDEWAITER_BACKUPS", "")

# Where a virus scanner (clamd) listens: host:port, or the path of its socket.
ANTIVIRUS = os.environ.get("TIDEWAITER_ANTIVIRUS", "")

# A file that says where the retention schedule differs from the shipped one
# (docs/administrator/privacy.md).
RETENTION = os.environ.get("TIDEWAITER_RETENTION", "")

# What goes wrong, as one line of JSON each on stderr; what officers do is in the ledger.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": [
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    # Django's own handlers tell errors to nobody unless somebody is named to be written to.
    # Addresses that were refused or do not exist stay out: some tell of a trader, one of a link.
    "loggers": {
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.request": {"level": "ERROR"},
    },
}

# How many requests a minute are taken from an account, a token, and an address of which nobody is
# known; 0: any number (docs/administrator/load.md).
RATE_ACCOUNT = int(os.environ.get("TIDEWAITER_RATE_ACCOUNT", "600"))
RATE_TOKEN = int(os.environ.get("TIDEWAITER_RATE_TOKEN", "60000"))
RATE_ADDRESS = int(os.environ.get("TIDEWAITER_RATE_ADDRESS", "600"))
# Requests that may wait in each server process, and the seconds that each of them may.
QUEUE = int(os.environ.get("TIDEWAITER_QUEUE", "32"))
QUEUE_SECONDS = float(os.environ.get("TIDEWAITER_QUEUE_SECONDS", "10"))
# Addresses or networks that may read /metrics without a token, with commas between.
METRICS_FROM = [a for a in os.environ.get("TIDEWAITER_METRICS_FROM", "").split(",") if a]
# Bytes of the disk that nothing new is taken into.
RESERVE = int(os.environ.get("TIDEWAITER_RESERVE_MB", "512")) * 1_000_000

# Minutes for which a purpose that was said holds (platform/purpose).
PURPOSE_MINUTES = int(os.environ.get("TIDEWAITER_PURPOSE_MINUTES", "30"))

# The money the administration counts in; expected values and revenue are shown in it.
CURRENCY = os.environ.get("TIDEWAITER_CURRENCY", "EUR")
