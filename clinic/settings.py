"""The one settings module: every setting that a deployment may change is read from the environment.

The table in README.md names them; `clinic.checks` refuses the combinations that cannot be right.
"""

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from celery.schedules import schedule
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env

env = Env()

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("HOLDWELL_DATA", str(BASE_DIR / "var"))).resolve()


def data_folder(name: str) -> Path:
    """A folder of the installation's own data; only its owner may enter."""
    folder = DATA_DIR / name
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"Holdwell cannot make its data folder {folder}: {error.strerror}."
        ) from error
    return folder


def generated_secret_key() -> str:
    """A key of this installation's own, made at the first start. No default key is ever shipped."""
    file = data_folder("") / "secret_key"
    try:
        # O_EXCL: of two processes that start together one writes, the other reads.
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return file.read_text()
    with os.fdopen(descriptor, "w") as stream:
        stream.write(secrets.token_urlsafe(50))
    return file.read_text()


DEMO = env.bool("HOLDWELL_DEMO", False)
DEBUG = env.bool("HOLDWELL_DEBUG", False)
SECRET_KEY = env.str("HOLDWELL_SECRET_KEY", "") or generated_secret_key()
# Where the web process listens, and the address that people and mails use.
BIND = env.str("HOLDWELL_BIND", "127.0.0.1")
PORT = env.int("PORT", 8000)
# A passkey belongs to a name, never to a number: hence localhost.
SITE_URL = env.str("HOLDWELL_URL", f"http://localhost:{PORT}").rstrip("/")
SECURE = SITE_URL.startswith("https://")
# The name that passkeys are bound to (WebAuthn's "relying party id"); to change it makes them all useless.
PASSKEY_HOST = urlsplit(SITE_URL).hostname or ""
ALLOWED_HOSTS = env.list("HOLDWELL_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = [SITE_URL]

INSTALLED_APPS = [
    "clinic.apps.ClinicConfig",
    "exercises",
    "patients",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "bootstrap",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "rest_framework",
    "timezone_field",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Figures are drawn into the pages; a session page shrinks to a quarter. Django pads against BREACH.
    "clinic.middleware.PackMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "clinic.middleware.OwnLanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "clinic.middleware.RequestContextMiddleware",
    "clinic.middleware.DeclaredRightMiddleware",
]

ROOT_URLCONF = "clinic.urls"
WSGI_APPLICATION = "clinic.wsgi.application"
ASGI_APPLICATION = "clinic.asgi.application"

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
                "clinic.ui.context.site",
            ],
            "builtins": ["clinic.ui.templatetags.ui"],
        },
    },
]

# --- Database. SQLite needs WAL, IMMEDIATE and a busy timeout together: any one missing gives "database is
# locked" under eight writers.
DATABASES = {"default": env.dj_db_url("DATABASE_URL", f"sqlite:///{DATA_DIR / 'holdwell.sqlite3'}")}
DATABASES["default"]["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", 600)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    data_folder("")
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
elif DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    # PostgreSQL compiles what it takes for a long query, which costs a tenth of a second; ours take milliseconds, and
    # its estimates are far too high where statistics are old. It also believes that a disk has to turn for each row of
    # an index, and reads whole tables instead. What DATABASE_URL says of `options` goes before.
    DATABASES["default"]["OPTIONS"] = {
        "options": "-c jit=off -c random_page_cost=1.1",
        **DATABASES["default"].get("OPTIONS", {}),
    }
# SQLite leaves the covering columns of an index out, and says so at each start. Whether HSTS holds for a whole
# domain, and for good (preload), is for the owner of that domain to say.
SILENCED_SYSTEM_CHECKS = ["models.W040", "security.W005", "security.W021"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The cache holds rate limits; those of the sign-in must be shared by all processes, so the default is a table.
CACHES = {
    "default": env.dj_cache_url("CACHE_URL", "db://holdwell_cache"),
    # The API's limit only keeps a runaway client off; counted in each process, it costs no query.
    "throttle": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}
# Django keeps 300 by itself: whoever tries that many addresses would push the counts of wrong passwords out.
for _cache in CACHES.values():
    if _cache["BACKEND"].endswith((".DatabaseCache", ".LocMemCache")):
        _cache["OPTIONS"] = {"MAX_ENTRIES": 100_000} | _cache.get("OPTIONS", {})

# --- People and sign-in
AUTH_USER_MODEL = "clinic.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "clinic.signin.AccountAdapter"
# Whoever has no address signs in with a name and a password (`clinic.paper`).
ACCOUNT_USER_MODEL_USERNAME_FIELD = "sign_in_name"
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_USER_DISPLAY = str
# Codes on paper that are typed, right or wrong; archives of one's own data.
ACCOUNT_RATE_LIMITS = {"paper_code": "10/m/ip", "archive": "10/h/user"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_FORMAT = {"numeric": True, "dashed": False, "length": 6}
# A person is told of each change to how they sign in.
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_CHANGE_EMAIL = True
# A browser stays signed in for weeks; whoever finds one open does not take the account over with it.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# A passkey is a way in of its own; a second factor is for colleagues who switch it on (`clinic.passkeys`).
MFA_ADAPTER = "clinic.passkeys.FactorAdapter"
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# The device asks for a finger, a face or its PIN: a phone that was found opens nothing.
MFA_WEBAUTHN_USER_VERIFICATION = "required"
# What this guards against, an account opened on somebody else's address, needs an open signup.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# A telephone's clock may be half a minute off.
MFA_TOTP_TOLERANCE = 1
MFA_TOTP_ISSUER = "Holdwell"

# --- Security
SESSION_COOKIE_NAME = "__Host-holdwell" if SECURE else "holdwell"
SESSION_COOKIE_SECURE = SECURE
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrftoken"
CSRF_COOKIE_SECURE = SECURE
CSRF_FAILURE_VIEW = "clinic.views.csrf_failure"
SECURE_SSL_REDIRECT = SECURE
# Probes ask from inside, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if SECURE else 0
# At the clinic's own domain it would take every neighbour down that has no TLS yet, for a year.
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE and env.bool("HOLDWELL_HSTS_SUBDOMAINS", False)
SECURE_REFERRER_POLICY = "same-origin"
BEHIND_PROXY = env.bool("HOLDWELL_BEHIND_PROXY", False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # Whose failed sign-ins are counted: the proxy's last entry, never what a client wrote before it.
    ALLAUTH_TRUSTED_PROXY_COUNT = 1
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        # Bootstrap draws its ticks and arrows as data: images; an image cannot run anything.
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    },
}

# --- Language and time: UTC inside, zones at the edge.
LANGUAGE_CODE = "en"
# Each by its own name: who looks for a language may not read the one that is shown.
LANGUAGES = [("de", "Deutsch"), ("en", "English"), ("es", "Español"), ("ar", "العربية")]
LANGUAGE_COOKIE_NAME = "__Host-language" if SECURE else "language"
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = SECURE
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

# --- Files
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # What only its owner may take, through a page that asks who they are; no address leads here.
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": DATA_DIR / "private",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {"BACKEND": "clinic.ui.storage.HashedStaticFiles"},
}
MEDIA_ROOT = DATA_DIR / "media"
# Uploads on their way: on the data's own disk, where nobody else reads them.
FILE_UPLOAD_TEMP_DIR = data_folder("uploads")

# --- Mail: without EMAIL_URL it goes to a folder (README: configuration).
EMAIL_CONFIG = env.dj_email_url("EMAIL_URL", f"file:///{DATA_DIR / 'mail'}")
EMAIL_BACKEND = EMAIL_CONFIG["EMAIL_BACKEND"]
EMAIL_FILE_PATH = "/" + EMAIL_CONFIG["EMAIL_FILE_PATH"]
EMAIL_HOST = EMAIL_CONFIG["EMAIL_HOST"]
EMAIL_PORT = EMAIL_CONFIG["EMAIL_PORT"]
EMAIL_HOST_USER = EMAIL_CONFIG["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = EMAIL_CONFIG["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = EMAIL_CONFIG["EMAIL_USE_TLS"]
EMAIL_USE_SSL = EMAIL_CONFIG["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("HOLDWELL_FROM", "Holdwell <holdwell@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Push: a key of this installation's own is made at the first need and kept in the data folder.
PUSH_KEY = env.str("HOLDWELL_PUSH_KEY", "")
# The push services that browsers may name; a leading dot stands for any name below.
PUSH_HOSTS = env.list(
    "HOLDWELL_PUSH_HOSTS",
    [
        "fcm.googleapis.com",
        "updates.push.services.mozilla.com",
        "web.push.apple.com",
        ".notify.windows.com",
    ],
)
# --- Text messages: a class (`patients.reaching.sms.Provider`). Without one the channel is not offered; the demo writes
# them into a folder.
SMS_PROVIDER = env.str("HOLDWELL_SMS", "patients.reaching.sms.FileProvider" if DEMO else "")
SMS_FILE_PATH = str(DATA_DIR / "sms")

# --- Background work: the database is the truth, the queue a wake-up. Ticks are idempotent and may be late,
# doubled or lost; each expires before the next but one, so a stopped worker leaves no pile behind.
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", "filesystem://")
if CELERY_BROKER_URL == "filesystem://":
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(data_folder("broker/queue")),
        "data_folder_out": str(data_folder("broker/queue")),
        "control_folder": str(data_folder("broker/control")),
        # Seconds until a worker looks again, with one message a process taken at each look: 1 as it comes, in which
        # a sign-in code waits and a start's ten ticks take five.
        "polling_interval": 0.2,
    }
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = env.str("HOLDWELL_QUEUE", "holdwell")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Nobody commands workers from afar; the files that the embedded broker would keep for it are not safe to share.
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_TIMEZONE = "UTC"
# Nothing to remember between starts: every tick asks the database what is due.
CELERY_BEAT_SCHEDULER = "celery.beat.Scheduler"
CELERY_BEAT_SCHEDULE = {
    "heartbeat": {"task": "clinic.tasks.heartbeat", "schedule": schedule(10), "options": {"expires": 20}},
    "mail": {"task": "clinic.tasks.deliver_mail", "schedule": schedule(10), "options": {"expires": 20}},
    "notes": {"task": "patients.tasks.deliver_notes", "schedule": schedule(10), "options": {"expires": 20}},
    "reminders": {
        "task": "patients.tasks.sweep_reminders",
        "schedule": schedule(30),
        "options": {"expires": 60},
    },
    "patients": {
        "task": "patients.tasks.sweep_patients",
        "schedule": schedule(300),
        "options": {"expires": 300},
    },
    "reports": {
        "task": "patients.tasks.sweep_reports",
        "schedule": schedule(60),
        "options": {"expires": 120},
    },
    "critical": {
        "task": "patients.tasks.tell_clinicians",
        "schedule": schedule(30),
        "options": {"expires": 60},
    },
    "look": {
        "task": "patients.tasks.look_at_clinics",
        "schedule": schedule(300),
        "options": {"expires": 300},
    },
    "media": {
        "task": "exercises.tasks.tidy_media",
        "schedule": schedule(3600),
        "options": {"expires": 3600},
    },
    "archives": {
        "task": "patients.tasks.make_archives",
        "schedule": schedule(60),
        "options": {"expires": 120},
    },
    "imports": {
        "task": "exercises.tasks.make_imports",
        "schedule": schedule(60),
        "options": {"expires": 120},
    },
}
# /readyz fails when the last tick was handled longer ago than this many seconds.
TICK_MAX_AGE = env.int("HOLDWELL_TICK_MAX_AGE", 180)
# What Prometheus has to show at /metrics; without one there is no such page.
METRICS_TOKEN = env.str("HOLDWELL_METRICS_TOKEN", "")

# --- API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "clinic.api.TokenAuthentication",
        "clinic.api.PageAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["clinic.api.DeclaredRight"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["clinic.api.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "clinic.api.Pagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "clinic.openapi.Schema",
    "EXCEPTION_HANDLER": "clinic.api.exception_handler",
    "DEFAULT_THROTTLE_RATES": {"user": env.str("HOLDWELL_API_RATE", "600/min")},
    "DEFAULT_THROTTLE_CLASSES": ["clinic.api.UserThrottle"],
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Holdwell",
    "DESCRIPTION": "Prescriptions, sessions and adherence. Words and figures are those of docs/rules.md.",
    "VERSION": "1",
    "SERVE_PERMISSIONS": ["clinic.api.DeclaredRight"],
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "ConditionEnum": "exercises.models.Condition",
        "RevisionStateEnum": "exercises.models.RevisionState",
        "ReportKindEnum": "patients.models.reports.ReportKind",
        "WorkStateEnum": "clinic.models.WorkState",
    },
}

CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "discreet": {"()": "clinic.logs.Discreet"},
        "unexpected": {"()": "clinic.logs.Unexpected"},
    },
    "formatters": {
        "line": {
            "()": "clinic.logs.Line",
            "format": "%(asctime)s %(levelname)s %(name)s [%(reference)s] %(message)s",
        }
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["discreet"]},
    },
    "root": {"handlers": ["console"], "level": env.str("HOLDWELL_LOG_LEVEL", "INFO")},
    "loggers": {
        "celery": {"level": "WARNING"},
        "django": {"level": "WARNING"},
        # A page that is not there is nobody's error.
        "django.request": {"level": "ERROR", "filters": ["unexpected"]},
        # Says at each start that the embedded broker has no host name.
        "kombu": {"level": "ERROR"},
    },
}
