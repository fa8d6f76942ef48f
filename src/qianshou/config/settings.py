"""All settings. Whatever a site may change comes from the environment; nothing else is read."""

from pathlib import Path

import django_stubs_ext
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from qianshou.config import database, env

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parents[3]
VAR = Path(env.text("QIANSHOU_VAR", str(BASE_DIR / "var"))).resolve()
PRIVATE_DATABASE = database.is_private()

SECRET_KEY = env.secret("SECRET_KEY", VAR / "secrets", generate=PRIVATE_DATABASE).decode()
FIELD_KEY = env.secret("FIELD_KEY", VAR / "secrets", generate=PRIVATE_DATABASE)
SCOPE_KEY = env.secret("SCOPE_KEY", VAR / "secrets", generate=PRIVATE_DATABASE)
CIPHER = env.choice("CIPHER", "AES", allowed=("AES", "SM4"))
DEBUG = env.flag("DEBUG", default=False)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", "")
HTTPS = env.flag("HTTPS", default=False)

INSTALLED_APPS = [
    "qianshou.config.apps.ConfigConfig",
    "qianshou.web",
    "qianshou.visits",
    "qianshou.wishes",
    "qianshou.care",
    "qianshou.cases",
    "qianshou.plans",
    "qianshou.protection",
    "qianshou.teams",
    "qianshou.bonds",
    "qianshou.pairing",
    "qianshou.support",
    "qianshou.outbound",
    "qianshou.consents",
    "qianshou.recruitment",
    "qianshou.assessment",
    "qianshou.registry",
    "qianshou.quality",
    "qianshou.mothers",
    "qianshou.exchange",
    "qianshou.notices",
    "qianshou.audit",
    "qianshou.accounts",
    "qianshou.areas",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "axes",
    "csp",
    "pgtrigger",
    "ninja",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "qianshou.config.middleware.Headers",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "qianshou.config.middleware.RequestId",
    "qianshou.config.middleware.BodyLimit",
    "qianshou.config.middleware.NoNul",
    # Before whatever asks the database: the page of the report is there without one.
    "qianshou.protection.http.ReportAlways",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "qianshou.accounts.http.SessionLimits",
    "qianshou.accounts.http.ScopedTransaction",
    "qianshou.web.http.Refusals",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "qianshou.config.urls"
WSGI_APPLICATION = "qianshou.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "qianshou.web.http.shell",
            ],
            "builtins": ["django.templatetags.i18n", "qianshou.web.templatetags.web_ui"],
        },
    }
]

DATABASES = {"default": database.settings("app"), "owner": database.settings("owner")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
# NIST SP 800-63B-4 and ASVS 6.2: length and a blocklist, no forced mixture, no expiry.
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": env.number("PASSWORD_LENGTH", 12)},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "accounts:sign-in"
LOGIN_REDIRECT_URL = "web:home"
LOGOUT_REDIRECT_URL = "accounts:sign-in"
# Five failures for one account from one address lock that pair for a quarter of an hour: guessing
# stops, and nobody can lock a colleague out from elsewhere (ASVS 6.3.1).
AXES_FAILURE_LIMIT = env.number("SIGN_IN_FAILURES", 5)
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
# Failures while locked do not lengthen it: a wait that somebody else could renew has no end.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "qianshou.config.middleware.client_address"
AXES_LOCKOUT_TEMPLATE = "accounts/locked.html"
AXES_RESET_ON_SUCCESS = True
AXES_HTTP_RESPONSE_CODE = 429
AXES_VERBOSE = False

SESSION_IDLE = env.number("SESSION_IDLE_MINUTES", 30) * 60
SESSION_ABSOLUTE = env.number("SESSION_HOURS", 12) * 3600
SESSION_COOKIE_AGE = SESSION_ABSOLUTE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "media-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [
    ("zh-hans", _("Simplified Chinese")),
    ("zh-hant", _("Traditional Chinese")),
    ("en", _("English")),
]
LOCALE_PATHS = [Path(__file__).resolve().parents[1] / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
# `qianshou setup` collects and fingerprints the static files; a bare checkout serves them plainly.
COLLECTED = (STATIC_ROOT / "staticfiles.json").exists()
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not COLLECTED
MEDIA_ROOT = VAR / "files"
# Department files may be large; they are streamed to disk and read in a separate process.
FILE_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 << 20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
UPLOAD_MAX_BYTES = env.number("UPLOAD_MAX_MB", 200) << 20
# Rows of a long delivery that are stored, linked and filed in one transaction.
IMPORT_PORTION = env.number("IMPORT_PORTION", 20_000)
FILE_UPLOAD_PERMISSIONS = 0o600
# How long voice notes and photos of contacts are kept; then they are deleted for good.
KEEP_RECORDINGS_DAYS = env.number("KEEP_RECORDINGS_DAYS", 365)
# Folders of more fonts for papers, for names with characters that the own fonts do not hold.
PAPER_FONTS = env.words("PAPER_FONTS", "")
# Where people outside find the site, for links in what is sent to them.
SITE_URL = env.text("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
# How messages leave the house: as files under QIANSHOU_VAR/outbox, through a provider, not at all.
NOTICE_CHANNEL = env.choice("NOTICE_CHANNEL", "outbox", allowed=("outbox", "sms", "off"))
QUIET_HOURS = env.hours("QUIET_HOURS", "21-8")
SMS_URL = env.text("SMS_URL", "" if NOTICE_CHANNEL != "sms" else None)
SMS_KEY = env.text("SMS_KEY", "")
SMS_HEADER = env.text("SMS_HEADER", "Authorization: Bearer {key}")
SMS_BODY = env.shape("SMS_BODY", '{"mobile": "{address}", "content": "{text}", "id": "{key}"}')
SMS_OK = env.text("SMS_OK", "")
# Sources are asked at approved addresses alone. This machine is one only if a gateway runs here.
EGRESS_LOOPBACK = env.flag("EGRESS_LOOPBACK", default=False)
# A source without a data agreement delivers only where this is off (docs/reference/feeds.md).
AGREEMENTS_REQUIRED = env.flag("AGREEMENTS_REQUIRED", default=False)
# Hours of training that a mother needs before her first child.
TRAINING_HOURS = env.number("TRAINING_HOURS", 6)
# 1: a child of eight or more is matched only once it has said yes itself. Without it, it is asked
# for each pairing before anything is signed, and a no counts either way.
ASSENT_BEFORE_MATCHING = env.flag("ASSENT_BEFORE_MATCHING", default=False)
# Areas where one person delivers and lets through alone; each use stands in the trail as such.
ONE_PERSON_OFFICES = env.words("ONE_PERSON_OFFICES", "")

PROCRASTINATE_ON_APP_READY = None
SILENCED_SYSTEM_CHECKS = ["axes.W006"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "qianshou.config.logs.Plain",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": env.text("LOG_LEVEL", "WARNING")},
}
