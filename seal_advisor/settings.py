"""Every setting, in one file. What differs between machines comes from the environment; a wrong value stops the start.

| variable | meaning |
|---|---|
| SEAL_ADVISOR_DATA | data directory: database, blobs, keys, broker folders (default: `var/` here), mode 0700 |
| SECRET_KEY(_FILE) | Django's signing secret; generated in the data directory when absent |
| DATABASE_URL(_FILE) | `postgres://user:password@host:5432/name?sslmode=verify-full&sslrootcert=/path/ca.pem`; |
| | of libpq's words sslmode, sslrootcert, sslcert and sslkey; default SQLite in the data directory |
| REDIS_URL(_FILE) | broker and cache; `redis://user:password@host:6379/0`, or by TLS with |
| | `rediss://...?ssl_cert_reqs=required&ssl_ca_certs=/path/ca.pem`; default: folders and files in the data directory |
| S3_BUCKET, S3_ENDPOINT_URL, S3_REGION, S3_ACCESS_KEY(_FILE), S3_SECRET_KEY(_FILE) | the blob store; default: files |
| S3_CA_FILE | PEM: the authority of the store's certificate; default: the usual public ones |
| S3_LOCK_MODE, S3_LOCK_DAYS | Object Lock (COMPLIANCE or GOVERNANCE) on every blob |
| SIGNING_KEY_FILE, SIGNING_KEY_PASSWORD(_FILE) | PKCS#12 that signs reports; default: a trial key made at first start |
| SIGNING_PKCS11_MODULE, _TOKEN, _LABEL, _PIN, _CERTIFICATE | a key in an HSM; PIN as env://NAME or file:///PATH |
| TSA_URL, TSA_SECONDS, TSA_ATTEMPTS | RFC 3161 time-stamp authority; 15: for one request; 3: how often it is asked |
| SIGNING_LEVEL, SIGNING_TRUST, SIGNING_CRLS | B-B, B-T, B-LT or B-LTA; PEM files: anchors of signer and authority |
| | (from B-LT on) and revocation lists at hand, comma-separated; default: the highest up to B-LT that these allow |
| EMAIL_HOST, EMAIL_PORT, EMAIL_USER, EMAIL_PASSWORD(_FILE), EMAIL_TLS, EMAIL_FROM | mail server; default: no mail |
| PUBLIC_URL | how people reach this installation, such as https://advisor.example: for links in mail |
| OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET(_FILE), OIDC_NAME | identity provider to sign in with; default: none |
| CI_ISSUERS_FILE | TOML: the issuers of CI job identities that are believed (docs/ci/README.md); default: none |
| WEBHOOK_NETWORKS | networks of one's own that webhooks may reach, such as 10.1.0.0/16,::1/128; default: none |
| CERTIFICATE_MAX_AGE_DAYS, REMIND_DAYS | 90: days that a looked-up certificate counts; 30,7,0: when to remind |
| ALLOWED_HOSTS, CSRF_TRUSTED_ORIGINS | comma-separated; default: this machine only |
| UPLOAD_LIMIT_MB, THROTTLE_ANONYMOUS, THROTTLE_USER | 4096; 600/min, 6000/min: API requests per address, per person |
| BEHIND_TLS | 1 when a proxy terminates TLS and sets X-Forwarded-Proto: secure cookies, HSTS, redirects |
| STATIC_ROOT, COMPRESS_STATIC | where static files are collected; 1: with .gz and .br beside them |
| DEBUG, LOG_LEVEL, LOG_FORMAT | 0 or 1; INFO; `json` or `console` |

Any secret may be given as NAME or, better, as NAME_FILE, the path of a file that holds it.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import structlog
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from seal_advisor import __version__
from seal_advisor.logs import without_secrets
from seal_advisor.pipelines.issuers import IssuersError, is_private_road
from seal_advisor.pipelines.issuers import read as read_issuers

BASE_DIR = Path(__file__).resolve().parent.parent


def env(name: str, default: str = "") -> str:
    """The variable, or the content of the file that NAME_FILE names; both at once is an error."""
    path = os.environ.get(f"{name}_FILE")
    if path is None:
        return os.environ.get(name, default)
    if name in os.environ:
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set; keep one")
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE: cannot read {path}: {error.strerror}") from error


def env_flag(name: str) -> bool:
    value = env(name, "0")
    if value not in {"0", "1"}:
        raise ImproperlyConfigured(f"{name} must be 0 or 1, not {value!r}")
    return value == "1"


def env_int(name: str, default: int) -> int:
    value = env(name, str(default))
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}")
    return int(value)


def env_list(name: str, default: str = "") -> list[str]:
    return [item.strip() for item in env(name, default).split(",") if item.strip()]


def generated_secret(path: Path) -> str:
    """The secret in this file; made on first use, readable by its owner only, also when two processes start at once."""
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(50))
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass  # another process was first; its secret is the one
        finally:
            fresh.unlink()
    return path.read_text(encoding="ascii")


LIBPQ_TLS = {"sslmode", "sslrootcert", "sslcert", "sslkey"}


def database(url: str) -> dict[str, object]:
    """Django's database settings for an address; a scheme or a word about TLS that is not known is an error."""
    parts = urlsplit(url)
    about_tls = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := sorted(set(about_tls) - LIBPQ_TLS):
        raise ImproperlyConfigured(f"DATABASE_URL: {unknown[0]!r} is none of {', '.join(sorted(LIBPQ_TLS))}")
    if parts.scheme in {"postgres", "postgresql"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": parts.port or "",
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": about_tls,
        }
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path),
            # IMMEDIATE: 0 lock errors out of 900 concurrent transactions, against 690 by default.
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000",
            },
            "TEST": {"NAME": f"{unquote(parts.path)}.test"},
        }
    raise ImproperlyConfigured(f"DATABASE_URL must start with postgres:// or sqlite://, not {parts.scheme!r}")


DATA = Path(env("SEAL_ADVISOR_DATA", str(BASE_DIR / "var"))).resolve()
DATA.mkdir(mode=0o700, parents=True, exist_ok=True)

DEBUG = env_flag("DEBUG")
SECRET_KEY = env("SECRET_KEY") or generated_secret(DATA / "secret_key")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "seal_advisor.apps.SealAdvisorConfig",
    "evidence.apps.EvidenceConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "django_htmx",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "csp",
    "django_structlog",
    "django_prometheus",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",  # before WhiteNoise, so that static files have the policy too
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "seal_advisor.sign_in.passwords.OwnPassword",
    "seal_advisor.sign_in.policy.SecondFactorPolicy",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "seal_advisor.outages.OutageMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "seal_advisor.urls"
WSGI_APPLICATION = "seal_advisor.wsgi.application"
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
            ],
        },
    },
]

# --- people -----------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "seal_advisor.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
OIDC_ISSUER = env("OIDC_ISSUER").rstrip("/")
OIDC_CLIENT_ID = env("OIDC_CLIENT_ID")
if bool(OIDC_ISSUER) != bool(OIDC_CLIENT_ID):
    raise ImproperlyConfigured("OIDC_ISSUER and OIDC_CLIENT_ID go together")
if OIDC_ISSUER and not is_private_road(OIDC_ISSUER):
    raise ImproperlyConfigured("OIDC_ISSUER must start with https:// (http:// only on this machine)")
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "sso",
                "name": env("OIDC_NAME", "single sign-on"),
                "client_id": OIDC_CLIENT_ID,
                "secret": env("OIDC_CLIENT_SECRET"),
                "settings": {"server_url": OIDC_ISSUER},
            }
        ]
        if OIDC_ISSUER
        else [],
    }
}
SOCIALACCOUNT_ADAPTER = "seal_advisor.sign_in.adapters.Providers"
SOCIALACCOUNT_LOGIN_ON_GET = True  # a form that ends at another site would need a hole in the content policy
SOCIALACCOUNT_EMAIL_VERIFICATION = ACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False  # an address at a provider does not open the account of that address here
ACCOUNT_ADAPTER = "seal_advisor.sign_in.adapters.Accounts"
ACCOUNT_UNIQUE_EMAIL = False
MFA_ADAPTER = "seal_advisor.sign_in.adapters.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True  # administrators make accounts; there is no address to verify
MFA_TOTP_TOLERANCE = 1
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_SENSITIVE_PARAMETERS = ["username"]
AXES_VERBOSE = False
AXES_LOCKOUT_TEMPLATE = "locked.html"
AXES_CLIENT_IP_CALLABLE = "seal_advisor.sign_in.addresses.client_address"


def _ci_issuers(path: str) -> tuple[object, ...]:
    """The issuers of job identities; a file that cannot be used stops the start."""
    if not path:
        return ()
    try:
        return read_issuers(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, IssuersError) as error:
        raise ImproperlyConfigured(f"CI_ISSUERS_FILE: {path}: {error}") from error


CI_ISSUERS = _ci_issuers(os.environ.get("CI_ISSUERS_FILE", ""))

try:
    WEBHOOK_NETWORKS = [ipaddress.ip_network(network) for network in env_list("WEBHOOK_NETWORKS")]
except ValueError as error:
    raise ImproperlyConfigured(f"WEBHOOK_NETWORKS: {error}; write networks such as 10.1.0.0/16") from error

# --- storage ----------------------------------------------------------------------------------------------------------
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": database(env("DATABASE_URL", f"sqlite://{DATA / 'seal-advisor.sqlite3'}"))}
REDIS_URL = env("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "seal_advisor.caching.ForgetfulRedisCache" if REDIS_URL else "seal_advisor.caching.FileCache",
        "LOCATION": REDIS_URL or str(DATA / "cache"),
        "OPTIONS": {"serializer": "evidence.kept.TypedSerializer"},  # nothing is pickled, so nothing planted is run
    },
}
S3_BUCKET = env("S3_BUCKET")
S3_LOCK_MODE = env("S3_LOCK_MODE")
S3_LOCK_DAYS = env_int("S3_LOCK_DAYS", 0)
if S3_LOCK_MODE not in {"", "COMPLIANCE", "GOVERNANCE"} or bool(S3_LOCK_MODE) != bool(S3_LOCK_DAYS):
    raise ImproperlyConfigured("S3_LOCK_MODE is COMPLIANCE or GOVERNANCE and goes together with S3_LOCK_DAYS")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},  # nothing may use it: blobs have their own
    # Compressing costs 9 s of a first start and saves nothing on one machine: the container image does it.
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if env_flag("COMPRESS_STATIC")
        else "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    },
    "blobs": {
        "BACKEND": "evidence.objects.BlobObjects",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": env("S3_ENDPOINT_URL") or None,
            "region_name": env("S3_REGION", "us-east-1"),
            "access_key": env("S3_ACCESS_KEY") or None,
            "secret_key": env("S3_SECRET_KEY") or None,
            "verify": env("S3_CA_FILE") or None,
            "default_acl": None,
            "querystring_auth": True,
            "lock_mode": S3_LOCK_MODE,
            "lock_days": S3_LOCK_DAYS,
        },
    }
    if S3_BUCKET
    else {
        "BACKEND": "evidence.storage.BlobFiles",
        "OPTIONS": {
            "location": str(DATA / "blobs"),
        },
    },
}
STATIC_URL = "/static/"
STATIC_ROOT = Path(env("STATIC_ROOT", str(DATA / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_MAX_AGE = 3600

# --- jobs -------------------------------------------------------------------------------------------------------------
# The message is only a wake-up: the Job row is the truth, and the sweeper brings back what a broker lost.
BROKER = DATA / "broker"
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = (
    {"visibility_timeout": 3600}
    if REDIS_URL
    else {
        "data_folder_in": str(BROKER / "queue"),
        "data_folder_out": str(BROKER / "queue"),
        "processed_folder": str(BROKER / "processed"),
        "control_folder": str(BROKER / "control"),
        "store_processed": False,
    }
)
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False  # a request never waits for a broker; the sweeper repeats the wake-up
JOB_LEASE_SECONDS = env_int("JOB_LEASE_SECONDS", 30)
JOB_SWEEP_SECONDS = env_int("JOB_SWEEP_SECONDS", 5)
JOB_ATTEMPTS = env_int("JOB_ATTEMPTS", 5)
RENDER_SECONDS = env_int("RENDER_SECONDS", 600)
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"  # in memory: what is due stands in rows, and the default keeps pickles
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "evidence.tasks.sweep", "schedule": float(JOB_SWEEP_SECONDS)},
    "keep up": {"task": "evidence.tasks.keep_up", "schedule": 60.0},
    # By the clock, not every so many hours: a scheduler that is restarted every day still gets to it.
    "renew packages": {"task": "evidence.tasks.renew_packages", "schedule": crontab(hour=3, minute=17)},
}

# --- what ages --------------------------------------------------------------------------------------------------------
# How long after NIST's list was read a certificate of the register counts (control C-CM-01); ours, not a standard's.
CERTIFICATE_MAX_AGE_DAYS = env_int("CERTIFICATE_MAX_AGE_DAYS", 90)
# Days before something stops counting on which its people are reminded, once each.
REMIND_DAYS = tuple(sorted({int(day) for day in env("REMIND_DAYS", "30,7,0").split(",")}, reverse=True))

# --- signing ----------------------------------------------------------------------------------------------------------
TRIAL_KEY_NAME = "signing_key.p12"  # in DATA; made at first start when no other key is configured
SIGNING_KEY_FILE = os.environ.get("SIGNING_KEY_FILE", "")
SIGNING_KEY_PASSWORD = env("SIGNING_KEY_PASSWORD")
SIGNING_PKCS11_MODULE = env("SIGNING_PKCS11_MODULE")
SIGNING_PKCS11_TOKEN = env("SIGNING_PKCS11_TOKEN")
SIGNING_PKCS11_LABEL = env("SIGNING_PKCS11_LABEL")
SIGNING_PKCS11_PIN = env("SIGNING_PKCS11_PIN")
SIGNING_PKCS11_CERTIFICATE = env("SIGNING_PKCS11_CERTIFICATE")
if SIGNING_PKCS11_MODULE and not (SIGNING_PKCS11_TOKEN and SIGNING_PKCS11_LABEL):
    raise ImproperlyConfigured("SIGNING_PKCS11_MODULE needs SIGNING_PKCS11_TOKEN and SIGNING_PKCS11_LABEL")
TSA_URL = env("TSA_URL")
TSA_SECONDS = env_int("TSA_SECONDS", 15)
TSA_ATTEMPTS = env_int("TSA_ATTEMPTS", 3)
SIGNING_LEVEL = env("SIGNING_LEVEL")
SIGNING_TRUST = env_list("SIGNING_TRUST")
SIGNING_CRLS = env_list("SIGNING_CRLS")

# --- mail -------------------------------------------------------------------------------------------------------------
EMAIL_HOST = env("EMAIL_HOST")  # "": nothing is sent, and whoever would have sent says so
EMAIL_PORT = env_int("EMAIL_PORT", 25)
EMAIL_HOST_USER = env("EMAIL_USER")
EMAIL_HOST_PASSWORD = env("EMAIL_PASSWORD")
EMAIL_USE_TLS = env_flag("EMAIL_TLS")
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env("EMAIL_FROM", "seal-advisor@localhost")
PUBLIC_URL = env("PUBLIC_URL").rstrip("/")

# --- HTTP -------------------------------------------------------------------------------------------------------------
UPLOAD_LIMIT = env_int("UPLOAD_LIMIT_MB", 4096) * 1024 * 1024
# All files of one form together: they lie in memory, also those of a caller who has no account.
FORM_LIMIT = env_int("FORM_LIMIT_MB", 256) * 1024 * 1024
UPLOAD_FILES_LIMIT = 100
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = UPLOAD_FILES_LIMIT
FILE_UPLOAD_HANDLERS = ["evidence.storage.LimitedUploadHandler"]
FILE_UPLOAD_TEMP_DIR = None  # uploads are never written to disk before redaction: see evidence.storage

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
        "manifest-src": [SELF],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_SERIALIZER = "django.contrib.sessions.serializers.JSONSerializer"
SESSION_COOKIE_AGE = 12 * 60 * 60  # a working day after signing in; in seconds
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True  # no script of ours reads a cookie
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "seal_advisor.notices.Notices"
BEHIND_TLS = env_flag("BEHIND_TLS")
# Without TLS a browser offers security keys on localhost only.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not BEHIND_TLS
if BEHIND_TLS:
    ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https"
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True
    # A browser takes a name with this prefix only over TLS, from this host, for all of it: no neighbour can plant one.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME, LANGUAGE_COOKIE_NAME = "__Host-session", "__Host-csrf", "__Host-language"
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "seal_advisor.api.authentication.TokenAuthentication",
        "seal_advisor.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["seal_advisor.api.parsing.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "seal_advisor.api.pagination.NewestFirst",
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.AnonRateThrottle",
        "rest_framework.throttling.UserRateThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "anon": env("THROTTLE_ANONYMOUS", "600/min"),
        "user": env("THROTTLE_USER", "6000/min"),
    },
    "NUM_PROXIES": 1 if BEHIND_TLS else 0,  # as in seal_advisor.sign_in.addresses
    "EXCEPTION_HANDLER": "seal_advisor.api.problems.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Seal Advisor",
    "DESCRIPTION": "Which seal should protect this Vault, and proof that what runs is what was decided.",
    "VERSION": __version__,
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "DecisionStatusEnum": ["recommended", "tie", "none", "open"],
        "CertificateStatusEnum": "evidence.register.models.ModuleCertificate.Status",
        "VerdictEnum": [
            "pass",
            "fail",
            "warn",
            "not_proven",
            "stale",
            "attested",
            "not_applicable",
            "cannot_decide",
            "waived",
        ],
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "seal_advisor.api.openapi.complete",
    ],
}

# --- words and time ---------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ja", "日本語")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- logs -------------------------------------------------------------------------------------------------------------
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False  # it would believe any X-Forwarded-For; sign_in.log says the address
LOG_LEVEL = env("LOG_LEVEL", "INFO").upper()
LOG_FORMAT = env("LOG_FORMAT", "console")
if LOG_FORMAT not in {"json", "console"}:
    raise ImproperlyConfigured(f"LOG_FORMAT is json or console, not {LOG_FORMAT!r}")
_PROCESSORS = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    without_secrets,
]
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_PROCESSORS,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.JSONRenderer()
            if LOG_FORMAT == "json"
            else structlog.dev.ConsoleRenderer(colors=False),
            "foreign_pre_chain": _PROCESSORS,
        },
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "axes": {"level": "WARNING"},
        "django_structlog": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
        "pikepdf": {"level": "WARNING"},
        "fontTools": {"level": "ERROR"},
        "django.request": {"level": "ERROR"},  # a 4xx is the caller's; django_structlog has it
    },
}
