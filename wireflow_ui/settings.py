"""All settings. A fresh clone needs none; what is wrong or missing is said in a sentence.

Two ways to run, one code: without DATABASE_URL and REDIS_URL everything lives in one process (embedded), with
both it is a cluster. Only this file and the doors of the process know which.
"""

from __future__ import annotations

import os
import secrets
from importlib.util import find_spec
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from kombu import Queue

from accounts.plans import PLANS
from providers.sandbox.latency import read_latency
from wireflow_ui import env, lean_redis, safety, selling, signing_in
from wireflow_ui.media_storage import FOLDER, storage_from_env
from wireflow_ui.provider_access import access_from_env, addresses_from_env
from wireflow_ui.provider_concurrency import concurrency

lean_redis.import_redis()

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("WIREFLOW_DATA_DIR", str(BASE_DIR / "data"))).expanduser().absolute()
try:
    DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
except OSError as error:
    raise ImproperlyConfigured(f"WIREFLOW_DATA_DIR: {DATA_DIR} cannot be made ({error.strerror}).") from error

DEBUG = False
TESTING = "PYTEST_VERSION" in os.environ

REDIS_URL = env.redis("REDIS_URL")
EMBEDDED = not REDIS_URL
if bool(REDIS_URL) != bool(env.text("DATABASE_URL")) and not TESTING:
    raise ImproperlyConfigured(
        "Set DATABASE_URL and REDIS_URL together (a cluster), or neither (everything in one process)."
    )
if EMBEDDED and env.number("WEB_CONCURRENCY", 1, low=1, high=64) > 1:
    raise ImproperlyConfigured(
        "Without Redis everything runs in one process: unset WEB_CONCURRENCY, "
        "or set DATABASE_URL and REDIS_URL."
    )


def _kept_secret(name: str, file_name: str) -> str:
    """A secret from the environment, else one made on first start and kept in the data folder."""
    value = env.text(name)
    if value:
        if len(value) < 32:
            raise ImproperlyConfigured(f"{name} is too short: give it 32 random characters or more.")
        if len(set(value)) < 8:
            raise ImproperlyConfigured(f"{name} can be guessed: give it 32 random characters or more.")
        return value
    if not EMBEDDED:
        raise ImproperlyConfigured(f"A cluster shares its secrets: set {name} or {name}_FILE.")
    path = DATA_DIR / file_name
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="utf-8").strip()


SECRET_KEY = _kept_secret("WIREFLOW_SECRET_KEY", "secret-key")
#: With these the keys of teams at providers are sealed: the first one seals, all of them open.
SEAL_KEYS = env.secrets("WIREFLOW_SEAL_KEY", least=32)
#: Without them one process alone keeps a key of its own here, apart from the database.
SEAL_KEY_FILE = DATA_DIR / "seal-key" if EMBEDDED else None
#: Written by a server when it starts, so that commands run beside it make links that lead to it.
ADDRESS_FILE = DATA_DIR / "address"
_last_address = ADDRESS_FILE.read_text("utf-8") if ADDRESS_FILE.exists() and not TESTING else ""
PUBLIC_URL = env.web_address("WIREFLOW_PUBLIC_URL", _last_address or "http://127.0.0.1:8000")
ALLOWED_HOSTS = env.words(
    "ALLOWED_HOSTS", list(dict.fromkeys(["127.0.0.1", "localhost", "[::1]", safety.host_of(PUBLIC_URL)]))
)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "rest_framework",
    "channels",
    "django_otp",
    "django_otp.plugins.otp_totp",  # for its table alone, which a migration of accounts empties
    "wireflow_ui",
    "telemetry",
    "accounts",
    "assets",
    "credits",
    "workflows",
    "executions",
    "history",
    "operations",
    "reference",
    "triggers",
    "archives",
]

MIDDLEWARE = [
    "wireflow_ui.cors.Cors",
    "wireflow_ui.middleware.RequestId",
    "wireflow_ui.middleware.SecurityHeaders",
    "wireflow_ui.rate_limits.RateLimits",
    "django.middleware.security.SecurityMiddleware",
    "wireflow_ui.static_files.StaticFiles",
    "wireflow_ui.page_middleware.Sessions",
    "django.middleware.common.CommonMiddleware",
    "wireflow_ui.page_middleware.Csrf",
    "wireflow_ui.page_middleware.Authentication",
    "wireflow_ui.languages.Language",
    "wireflow_ui.page_middleware.Messages",
    "accounts.middleware.ActorMiddleware",
    "accounts.audit.RememberRequest",
    "wireflow_ui.page_middleware.Htmx",
    "wireflow_ui.middleware.Refusals",
]

ROOT_URLCONF = "wireflow_ui.urls"
ASGI_APPLICATION = "wireflow_ui.asgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["django.templatetags.i18n", "accounts.templatetags.spoken"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "credits.context.wallet",
                "accounts.context.unread_notices",
            ],
        },
    }
]

DATABASES = {"default": env.database("DATABASE_URL", DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "/sign-in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30

#: The OpenID provider at which people may sign in as well, if any; docs/sign-in-with-openid.md says what the words do.
OPENID = signing_in.openid_client(
    issuer="" if TESTING else env.text("WIREFLOW_OPENID_ISSUER"),
    client_id="" if TESTING else env.text("WIREFLOW_OPENID_CLIENT_ID"),
    secret="" if TESTING else env.text("WIREFLOW_OPENID_CLIENT_SECRET"),
    title=env.text("WIREFLOW_OPENID_NAME", "OpenID Connect"),
    authority=env.text("WIREFLOW_OPENID_CA"),
)
OPENID_NEW_ACCOUNTS = env.choice("WIREFLOW_OPENID_NEW_ACCOUNTS", "off", ("off", "on")) == "on"
OPENID_DOMAINS = signing_in.mail_domains(env.words("WIREFLOW_OPENID_DOMAINS", []))
OPENID_TRUSTS_ADDRESSES = (
    env.choice("WIREFLOW_OPENID_ADDRESSES", "verified", ("verified", "trusted")) == "trusted"
)
#: The plan of a team that somebody makes in the browser.
NEW_TEAM_PLAN = env.choice("WIREFLOW_NEW_TEAM_PLAN", "free", tuple(PLANS))

#: Where mail goes: to a server, or where none is named to this process's own output.
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
if mail := env.mail_server("WIREFLOW_SMTP_URL"):
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = (
        mail.host,
        mail.port,
        mail.user,
        mail.password,
    )
    EMAIL_USE_TLS, EMAIL_USE_SSL = mail.is_upgraded, mail.is_secure
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.text("WIREFLOW_MAIL_FROM", f"Wireflow UI <wireflow@{safety.host_of(PUBLIC_URL)}>")

CSRF_FAILURE_VIEW = "wireflow_ui.api.csrf_failure"
#: How many proxies of ours stand before the server; only the hops they add to X-Forwarded-For are believed.
TRUSTED_PROXIES = env.number("WIREFLOW_TRUSTED_PROXIES", 0, low=0, high=10)

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
#: What pages can be read in. docs/languages.md says how one is added.
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365

STATIC_URL = "/static/"

STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": FOLDER if TESTING else storage_from_env(),
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
#: Hosts beside our own whose media /api/download hands on.
DOWNLOAD_HOSTS = [host.lower() for host in env.words("WIREFLOW_DOWNLOAD_HOSTS", [])]
#: Hosts with ports, such as cms.local:8080, to which results may be delivered though they are not public.
DELIVERY_HOSTS = frozenset(host.lower() for host in env.words("WIREFLOW_DELIVERY_HOSTS", []))
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# Not in the system's folder: that is memory on many machines, and nobody clears it after a kill.
FILE_UPLOAD_TEMP_DIR = DATA_DIR / "uploading"
FILE_UPLOAD_TEMP_DIR.mkdir(exist_ok=True)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api.KeyOrSession"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.throttles.CallThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["wireflow_ui.api.CompactJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["wireflow_ui.body.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "wireflow_ui.api.AnyAccept",
    "DEFAULT_METADATA_CLASS": "wireflow_ui.api.NoMetadata",
    "EXCEPTION_HANDLER": "wireflow_ui.api.handle_exception",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}

CHANNEL_LAYERS = {
    "default": (
        {"BACKEND": "wireflow_ui.memory_layer.MemoryLayer"}
        if EMBEDDED
        else {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": 5, "socket_connect_timeout": 2}]},
        }
    )
}

# One Redis carries messages, news and rates: each is lost without harm, and with `noeviction` none pushes another out.
CELERY_BROKER_URL = REDIS_URL or "memory://localhost//"
CELERY_BROKER_TRANSPORT_OPTIONS = (
    # Mails and archives may wait a tenth of a second; looking more often would keep an idle server busy.
    {"polling_interval": 0.1}
    if EMBEDDED
    else {"visibility_timeout": 120, "socket_timeout": 5, "socket_connect_timeout": 2}
)
CELERY_VISIBILITY_TIMEOUT = 120
CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = {"visibility_timeout": 120}  # the third place it is to be set
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # its own handlers would not mask secrets
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "default"
#: A worker serves all of them unless it is started with -Q. What only rings for node runs is forgotten as it is read,
#: and not kept until it is done: a bell that is lost the sweeper rings again, long before a message would come back.
CELERY_TASK_QUEUES = [Queue("default"), Queue("remote", no_ack=True), Queue("poll", no_ack=True)]
#: Tasks only hand ids to the worker's engine, which must live in one process: threads, and few of them. Media work
#: needs no prefork queue of its own: the engine has it done by children that have limits (assets/children.py).
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = 4
CELERY_TASK_ROUTES = {
    "executions.tasks.submit_node_runs": {"queue": "remote"},
    "executions.tasks.poll_node_runs": {"queue": "poll"},
    "executions.tasks.cancel_node_runs": {"queue": "remote"},
}

#: How ready node runs are announced: "loop" wakes the engine in this process, "celery" sends a message.
ENGINE_LINE = "loop" if EMBEDDED else "celery"
#: Names of failpoints that are armed, such as "after_submit=exit". For chaos tests only.
FAILPOINTS = env.text("WIREFLOW_FAILPOINTS")
safety.refuse_unsafe(
    public_url=PUBLIC_URL, allowed_hosts=ALLOWED_HOSTS, is_cluster=not EMBEDDED, failpoints=FAILPOINTS
)
#: Outside providers with a key: none in tests, whatever the surroundings hold.
PROVIDER_ACCESS = {} if TESTING else access_from_env()
#: Where calls with a team's own key go; teams can have one for these providers alone.
PROVIDER_ADDRESSES = {} if TESTING else addresses_from_env()
#: Provider → how many calls may be under way at once on one account there; any number at one that is not named.
PROVIDER_CONCURRENCY = concurrency(
    PROVIDER_ACCESS, PROVIDER_ADDRESSES, env.words("WIREFLOW_PROVIDER_CONCURRENCY", [])
)
#: Providers are told an address at which to say that a job is over: only where they can reach this server.
PROVIDER_WEBHOOKS = env.choice("WIREFLOW_PROVIDER_WEBHOOKS", "off", ("off", "on")) == "on"
#: Plan → credits that each of its teams gets in each month; credits → US cents, sold where Stripe's keys are set.
ALLOWANCES = selling.allowances(env.words("WIREFLOW_ALLOWANCES", []))
CREDIT_PACKAGES = selling.packages(env.words("WIREFLOW_CREDIT_PACKAGES", ["1000=10", "5000=48", "20000=180"]))
STRIPE_SECRET_KEY = "" if TESTING else env.text("STRIPE_SECRET_KEY")
STRIPE_WEBHOOK_SECRET = "" if TESTING else env.text("STRIPE_WEBHOOK_SECRET")
STRIPE_BASE_URL = env.text("STRIPE_BASE_URL", "https://api.stripe.com").rstrip("/")
if bool(STRIPE_SECRET_KEY) != bool(STRIPE_WEBHOOK_SECRET):
    raise ImproperlyConfigured("Set STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET, both or neither.")
SANDBOX_LATENCY = env.text("WIREFLOW_SANDBOX_LATENCY") or None
try:
    read_latency(SANDBOX_LATENCY)
except ValueError as error:
    raise ImproperlyConfigured(f"WIREFLOW_SANDBOX_LATENCY: {error}") from error
SANDBOX_JOURNAL = DATA_DIR / "sandbox.sqlite3"
LOCAL_CHILDREN = env.number("WIREFLOW_LOCAL_CHILDREN", max(1, min(4, os.cpu_count() or 1)), low=1, high=64)
#: Seconds of the processor that it may take to read one picture from outside.
PICTURE_SECONDS = env.number("WIREFLOW_PICTURE_SECONDS", 5, low=1, high=60)
LOCAL_CHILD_MEMORY_MB = env.number("WIREFLOW_LOCAL_CHILD_MEMORY_MB", 3072, low=512, high=65536)
SCRATCH_DIR = DATA_DIR / "scratch"
RUN_TIMEOUT_SECONDS = 30 * 60
#: A request is answered within so many seconds, or with 503. PostgreSQL gives a statement ten of them.
REQUEST_SECONDS = env.number("WIREFLOW_REQUEST_SECONDS", 15, low=1, high=600)

#: "json": one object per line; "debug": also a line for every request, call of a provider, and end of a node run.
LOG_FORMAT = env.choice("WIREFLOW_LOG_FORMAT", "text", ("text", "json"))
LOG_LEVEL = env.choice("WIREFLOW_LOG_LEVEL", "info", ("debug", "info", "warning"))
#: Figures for Prometheus: at /metrics for whoever has the token, or on a port of their own. Neither: none are kept.
METRICS_TOKEN = env.secret("WIREFLOW_METRICS_TOKEN", least=16)
METRICS_LISTEN = env.host_and_port("WIREFLOW_METRICS_LISTEN")
if METRICS_LISTEN and METRICS_LISTEN[0] not in ("127.0.0.1", "localhost") and not METRICS_TOKEN:
    raise ImproperlyConfigured(
        "WIREFLOW_METRICS_LISTEN can be reached from other machines: set WIREFLOW_METRICS_TOKEN too, or listen at "
        "127.0.0.1."
    )
#: OpenTelemetry's own variables say where spans go, and all the rest about them.
TRACES = any(
    os.environ.get(name) for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
)
if TRACES and find_spec("opentelemetry") is None:
    raise ImproperlyConfigured(
        "OTEL_EXPORTER_OTLP_ENDPOINT asks for traces, which need more packages: install those of "
        "requirements-traces.lock, as bin/up does, or unset it."
    )
if METRICS_TOKEN or METRICS_LISTEN or LOG_LEVEL == "debug":
    MIDDLEWARE.insert(
        MIDDLEWARE.index("wireflow_ui.middleware.RequestId") + 1, "wireflow_ui.measured.Measured"
    )

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"ids": {"()": "wireflow_ui.log_format.AddIds"}},
    "formatters": {
        "text": {
            "()": "wireflow_ui.log_format.MaskSecrets",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        },
        "json": {"()": "wireflow_ui.log_format.JsonLines"},
        "message": {"()": "wireflow_ui.log_format.Message"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "filters": ["ids"], "formatter": LOG_FORMAT},
        "recent": {
            "class": "telemetry.recent.Keep",
            "level": "WARNING",
            "filters": ["ids"],
            "formatter": "message",
        },
    },
    "root": {"handlers": ["stderr", "recent"], "level": "WARNING"},
    "loggers": {"django.request": {"level": "ERROR"}, "wireflow": {"level": LOG_LEVEL.upper()}},
}
