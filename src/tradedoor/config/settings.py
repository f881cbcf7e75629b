"""Settings. What an installation may set is read here, once, from `variables`; the rest is ours to decide."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF

from tradedoor.config import variables
from tradedoor.config.databases import database
from tradedoor.config.env import Environment, with_file
from tradedoor.config.headers import HSTS_SECONDS
from tradedoor.config.keys import SHORTEST, key
from tradedoor.config.logs import logging_config
from tradedoor.config.refusals import (
    is_loopback,
    refuse_base_url,
    refuse_open_door,
    refuse_sender,
    refuse_short,
    refuse_wildcards,
)

env_file = Environment(os.environ).read(variables.ENV_FILE)
env = Environment(with_file(os.environ, Path(env_file)) if env_file else os.environ)
env.refuse_unknown(variables.ALL)

# --- Where it runs
TRADEDOOR_DATA_DIR = env.read(variables.DATA_DIR)
TRADEDOOR_DATA_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)  # holds keys and what people told us
TRADEDOOR_HOST = env.read(variables.HOST)
TRADEDOOR_PORT = env.read(variables.PORT)
TRADEDOOR_WORKERS = env.read(variables.WORKERS) or min(os.cpu_count() or 1, 8)
TRADEDOOR_THREADS = env.read(variables.THREADS)
TRADEDOOR_TRIAL = env.read(variables.TRIAL)
TRADEDOOR_DEMO = env.read(variables.DEMO)
TRADEDOOR_TRUSTED_PROXIES = env.read(variables.TRUSTED_PROXIES)
DEBUG = TRADEDOOR_DEBUG = env.read(variables.DEBUG)

base_url = env.read(variables.BASE_URL)
if not base_url.scheme:
    base_url = urlsplit(f"http://127.0.0.1:{TRADEDOOR_PORT}")
refuse_base_url(base_url, trial=TRADEDOOR_TRIAL)
TRADEDOOR_BASE_URL = f"{base_url.scheme}://{base_url.netloc}"  # never ends with a slash
over_https = base_url.scheme == "https"

TRADEDOOR_STORE_HOSTS = env.read(variables.STORE_HOSTS)
refuse_wildcards(TRADEDOOR_STORE_HOSTS)
ALLOWED_HOSTS = [base_url.hostname or "", *TRADEDOOR_STORE_HOSTS]
if is_loopback(base_url.hostname or ""):
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]
if ":" in ALLOWED_HOSTS[0]:
    ALLOWED_HOSTS[0] = f"[{ALLOWED_HOSTS[0]}]"

# --- Keys
keys_dir = TRADEDOOR_DATA_DIR / "keys"
SECRET_KEY = key(env, variables.SECRET_KEY, keys_dir / "secret.key")
SECRET_KEY_FALLBACKS = list(env.read(variables.SECRET_KEY_FALLBACKS))
refuse_short(SECRET_KEY_FALLBACKS, shortest=SHORTEST)
TRADEDOOR_LINK_KEY = key(env, variables.LINK_KEY, keys_dir / "link.key")
TRADEDOOR_AUDIT_KEY = key(env, variables.AUDIT_KEY, keys_dir / "audit.key")

# --- Mail
mail_url = env.read(variables.MAIL_URL)
TRADEDOOR_MAIL_CAPTURED = TRADEDOOR_TRIAL or not mail_url.scheme
TRADEDOOR_MAIL_FROM = env.read(variables.MAIL_FROM)
TRADEDOOR_MAIL_THREADS = env.read(variables.MAIL_THREADS)
mail_pace = env.read(variables.MAIL_PER_MINUTE)
if mail_pace is None:
    mail_pace = 0 if is_loopback(mail_url.hostname or "") else 25
TRADEDOOR_MAIL_PER_MINUTE = mail_pace
TRADEDOOR_SMTPUTF8 = env.read(variables.SMTPUTF8)
TRADEDOOR_MAILCHIMP_KEY = env.read(variables.MAILCHIMP_KEY)
# The data centre stands at the end of the key; no other host is ever asked (SEC-05).
TRADEDOOR_MAILCHIMP_URL = f"https://{TRADEDOOR_MAILCHIMP_KEY.rpartition('-')[2]}.api.mailchimp.com/3.0"
TRADEDOOR_EMAIL_CHANGE_DELAY = env.read(variables.EMAIL_CHANGE_DELAY)
TRADEDOOR_REGISTRATIONS_PER_HOUR = env.read(variables.REGISTRATIONS_PER_HOUR)
TRADEDOOR_EMAIL_CHANGES_UNCONFIRMED = env.read(variables.EMAIL_CHANGES_UNCONFIRMED)
refuse_open_door(base_url, trial=TRADEDOOR_TRIAL, debug=DEBUG, captured=TRADEDOOR_MAIL_CAPTURED)
refuse_sender(
    TRADEDOOR_MAIL_FROM,
    captured=TRADEDOOR_MAIL_CAPTURED,
    hosts=(base_url.hostname or "", mail_url.hostname or ""),
)
# While mail is captured nothing may leave by any way, so the backend is one that sends nothing.
EMAIL_BACKEND = f"django.core.mail.backends.{'dummy' if TRADEDOOR_MAIL_CAPTURED else 'smtp'}.EmailBackend"
EMAIL_HOST = mail_url.hostname or ""
EMAIL_PORT = mail_url.port or {"smtps": 465, "smtp+starttls": 587}.get(mail_url.scheme, 25)
EMAIL_HOST_USER = unquote(mail_url.username or "")
EMAIL_HOST_PASSWORD = unquote(mail_url.password or "")
EMAIL_USE_SSL = mail_url.scheme == "smtps"
EMAIL_USE_TLS = mail_url.scheme == "smtp+starttls"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = TRADEDOOR_MAIL_FROM

# --- Sessions and passwords
TRADEDOOR_BUYER_SESSION_IDLE = env.read(variables.BUYER_SESSION_IDLE)
TRADEDOOR_BUYER_SESSION_LIFE = env.read(variables.BUYER_SESSION_LIFE)
TRADEDOOR_BUYER_KEPT_IDLE = env.read(variables.BUYER_KEPT_IDLE)
TRADEDOOR_BUYER_KEPT_LIFE = env.read(variables.BUYER_KEPT_LIFE)
TRADEDOOR_STAFF_SESSION_IDLE = env.read(variables.STAFF_SESSION_IDLE)
TRADEDOOR_STAFF_SESSION_LIFE = env.read(variables.STAFF_SESSION_LIFE)
TRADEDOOR_PASSWORD_MIN_LENGTH = env.read(variables.PASSWORD_MIN_LENGTH)
TRADEDOOR_ARGON2_MEMORY = env.read(variables.ARGON2_MEMORY)
TRADEDOOR_RESET_LINK_LIFE = env.read(variables.RESET_LINK_LIFE)
TRADEDOOR_TEMPORARY_PASSWORD_HOURS = env.read(variables.TEMPORARY_PASSWORD_HOURS)
AUTH_USER_MODEL = "accounts.Login"
AUTHENTICATION_BACKENDS: list[str] = []  # the doors in accounts are the only way in
PASSWORD_HASHERS = ["tradedoor.accounts.hashers.Argon2Hasher"]

# --- Background work and imports
TRADEDOOR_JOB_LEASE = env.read(variables.JOB_LEASE)
TRADEDOOR_WORKER_SILENT_AFTER = env.read(variables.WORKER_SILENT_AFTER)
TRADEDOOR_IMPORT_MAX_MEGABYTES = env.read(variables.IMPORT_MAX_MEGABYTES)
TRADEDOOR_IMPORT_MAX_ROWS = env.read(variables.IMPORT_MAX_ROWS)

# --- Database
DATABASES = {
    "default": database(
        env.read(variables.DATABASE_URL),
        data_dir=TRADEDOOR_DATA_DIR,
        threads=max(TRADEDOOR_THREADS, TRADEDOOR_MAIL_THREADS),
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- What it is made of
INSTALLED_APPS = [
    "tradedoor.audit",
    "tradedoor.jobs",
    "tradedoor.mail",
    "tradedoor.accounts",
    "tradedoor.crm",
    "tradedoor.stores",
    "tradedoor.access",
    "tradedoor.catalog",
    "tradedoor.registration",
    "tradedoor.handouts",
    "tradedoor.integrations",
    "tradedoor.web",
    "tradedoor.staff",
    "tradedoor.storefront",
    "tradedoor.demo",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "csp",
    "django_htmx",
]
MIDDLEWARE = [
    "tradedoor.web.middleware.RequestIdMiddleware",
    "tradedoor.config.headers.HeadersMiddleware",
    "csp.middleware.CSPMiddleware",
    "tradedoor.config.headers.HttpsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "tradedoor.config.limits.MethodMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "tradedoor.web.middleware.DoorMiddleware",
    "tradedoor.config.limits.BodyLimitMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tradedoor.web.middleware.RefusalMiddleware",
]
ROOT_URLCONF = "tradedoor.config.urls"
WSGI_APPLICATION = "tradedoor.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": True,
        "OPTIONS": {"environment": "tradedoor.web.jinja.environment"},
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- Cookies and headers. On a loopback plain-http base URL, for trying out, prefix and Secure are dropped.
TRADEDOOR_COOKIE_PREFIX = "__Host-" if over_https else ""
SESSION_COOKIE_NAME = f"{TRADEDOOR_COOKIE_PREFIX}session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = over_https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = f"{TRADEDOOR_COOKIE_PREFIX}csrf"
CSRF_TRUSTED_ORIGINS = [
    TRADEDOOR_BASE_URL,
    *(f"{base_url.scheme}://{host}" for host in TRADEDOOR_STORE_HOSTS),
]
CSRF_FAILURE_VIEW = "tradedoor.web.errors.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = HSTS_SECONDS if over_https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
# The forwarded scheme is believed only where a proxy is declared; no link is ever built from it.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRADEDOOR_TRUSTED_PROXIES else None
SECURE_SSL_REDIRECT = over_https and TRADEDOOR_TRUSTED_PROXIES > 0
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^api/"]
# W002: HeadersMiddleware sends X-Frame-Options. W021: whether browsers may ship the domain in a list is the owner's.
SILENCED_SYSTEM_CHECKS = ["security.W002", "security.W021"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_PERMISSIONS = 0o600

# --- Files
STATIC_URL = "/static/"  # absolute, since a relative one takes on the prefix of whoever asks first
STATIC_ROOT = TRADEDOOR_DATA_DIR / "static"
MEDIA_ROOT = TRADEDOOR_DATA_DIR / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "tradedoor.web.static_files.HashedStorage"
    },
}
STATICFILES_FINDERS = [
    "tradedoor.web.static_files.JoinedCssFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False  # no other site's pages have a use for ours (WEB-05)

# --- Language and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [Path(__file__).resolve().parent.parent / "web" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- Logging
LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = logging_config(form=env.read(variables.LOG_FORMAT), level=env.read(variables.LOG_LEVEL))
