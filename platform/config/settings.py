"""Every setting has a default that works on one machine with nothing else installed."""

from pathlib import Path

import dj_database_url
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import env

BASE_DIR = Path(__file__).resolve().parents[2]
env.load(BASE_DIR / ".env")
VAR = Path(env.text("VAR_DIR", str(BASE_DIR / "var")))

DEBUG = env.flag("DEBUG", True)
SECRET_KEY = env.text("SECRET_KEY")
SECRET_KEY_IS_GENERATED = not SECRET_KEY
if SECRET_KEY_IS_GENERATED:
    if not DEBUG:
        raise ImproperlyConfigured("SECRET_KEY must be set when DEBUG=0. Any long random text will do; keep it secret.")
    SECRET_KEY = env.generated_secret(VAR / "secret_key")

SITE_URL = env.text("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "*" if DEBUG else "")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", SITE_URL)
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0)  # of ours, one behind the other, that write X-Forwarded-For

INSTALLED_APPS = [
    "config",
    "cms",
    "live",
    "courses",
    "cohorts",
    "membership",
    "payments",
    "media",
    "notify",
    "accounts",
    "web",
    "channels",
    "django_tasks",
    "django_tasks_db",
    "allauth",
    "allauth.account",
    "wagtail.contrib.settings",
    "wagtail.contrib.table_block",
    "wagtail.embeds",
    "wagtail.sites",
    "cms.apps.People",
    "cms.words",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.sitemaps",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "web.strangers.Keep",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "web.strangers.Give",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.browsers.told_apart",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "wagtail.contrib.settings.context_processors.settings",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "web.templatetags.web"],
        },
    }
]

# ── People ────────────────────────────────────────────────────────────────
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 300
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = 2
ACCOUNT_EMAIL_VERIFICATION = "none"  # typing the code proves the address, every time
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_RATE_LIMITS = {"request_login_code": ""}  # ours say how long to wait: accounts.forms
ACCOUNT_FORMS = {"confirm_login_code": "accounts.forms.TypeCodeForm"}
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

# ── Storage of facts ──────────────────────────────────────────────────────
DATABASES = {
    "default": dj_database_url.parse(
        env.text("DATABASE_URL", f"sqlite:///{VAR / 'qunke.sqlite3'}"), conn_health_checks=True
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",  # SQLite ignores select_for_update; taking the lock first is its equal
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
        "min_size": 1,
        "max_size": 8,
        "timeout": 5,
        "reconnect_timeout": 3,  # then whoever asks next tries again: a server that is back is found at once
    }

REDIS_URL = env.text("REDIS_URL")
REDIS_PREFIX = env.text("REDIS_PREFIX", "qunke")  # two schools may share a server: its channels know no databases
CACHES = {
    "default": (
        {
            "BACKEND": "config.cache.ForgetfulCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": REDIS_PREFIX,
            "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
        }
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}
CACHES["pages"] = (
    CACHES["default"] if REDIS_URL else {**CACHES["default"], "LOCATION": "pages", "OPTIONS": {"MAX_ENTRIES": 500}}
)
CACHE_MIDDLEWARE_ALIAS, CACHE_MIDDLEWARE_KEY_PREFIX = "pages", "pages"
STRANGERS_SECONDS = env.number("STRANGERS_SECONDS", 10)  # so old may a page be for who has not signed in
CACHES["counts"] = (
    CACHES["default"]
    if REDIS_URL
    else {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "counts",
        "OPTIONS": {"MAX_ENTRIES": 100_000},  # small ones; the 300 of Django's default are soon pushed out by others
    }
)
CHANNEL_LAYERS = {
    "default": (
        {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL], "prefix": f"{REDIS_PREFIX}.talk"},
        }
        if REDIS_URL
        else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    )
}
SPEECH = env.text("SPEECH", "none")  # who writes down what is said: media/speech
SPEECH_QUEUE = "media" if SPEECH == "none" else "speech"  # an hour of it holds up nothing else
SPEECH_ROOT = VAR / "speech"
QUEUES = list(dict.fromkeys(["default", "media", SPEECH_QUEUE]))
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": QUEUES}}

# ── Media ─────────────────────────────────────────────────────────────────
S3_BUCKET = env.text("S3_BUCKET")
S3_ENDPOINT = env.text("S3_ENDPOINT")
S3_PUBLIC_ENDPOINT = env.text("S3_PUBLIC_ENDPOINT", S3_ENDPOINT)
S3_REGION = env.text("S3_REGION", "us-east-1")
S3_ACCESS_KEY = env.text("S3_ACCESS_KEY")
S3_SECRET_KEY = env.text("S3_SECRET_KEY")
S3_DIRECT_LINKS = env.flag("S3_DIRECT_LINKS", False)
STORE_ROOT = VAR / "store"
LIVE_ROOT = VAR / "live"
LIVE_LISTENERS = env.number("LIVE_LISTENERS", 12000)  # in one process; more are sent to background listening
FFMPEG = env.text("FFMPEG")
SOFFICE = env.text("SOFFICE")  # LibreOffice, for slides brought as PPTX
SHARE_FONT = env.text("SHARE_FONT")  # a font file for share cards; unset: the first Chinese one that is found
MEDIA_LINK_SECONDS = 300

OUTSIDE_HOSTS: dict[str, str] = {}  # platform → receiver that stands in for it; for tests

# ── Money ─────────────────────────────────────────────────────────────────
PAYMENTS = env.words("PAYMENTS", "sandbox" if DEBUG else "")
CURRENCY = env.text("CURRENCY", "CNY")
ALIPAY = {
    "app_id": env.text("ALIPAY_APP_ID"),
    "seller_id": env.text("ALIPAY_SELLER_ID"),
    "private_key": env.text("ALIPAY_PRIVATE_KEY"),  # ours
    "public_key": env.text("ALIPAY_PUBLIC_KEY"),  # Alipay's
    "gateway": env.text("ALIPAY_GATEWAY", "https://openapi.alipay.com/gateway.do"),
    "desktop": env.text("ALIPAY_DESKTOP", "page"),  # or qr
}
REFUND_WINDOW_DAYS = env.number("REFUND_WINDOW_DAYS", 7)
REFUND_FEE_PERCENT = env.number("REFUND_FEE_PERCENT", 0)  # kept when a buyer gives back what they bought
ORDER_MINUTES = env.number("ORDER_MINUTES", 30)  # then an unpaid order is closed
WECHAT = {
    "mchid": env.text("WECHAT_MCHID"),
    "appid": env.text("WECHAT_APPID"),
    "app_secret": env.text("WECHAT_APP_SECRET"),
    "api_v3_key": env.text("WECHAT_API_V3_KEY"),
    "cert_serial": env.text("WECHAT_CERT_SERIAL"),
    "private_key": env.text("WECHAT_PRIVATE_KEY"),
    "public_key": env.text("WECHAT_PUBLIC_KEY"),
    "public_key_id": env.text("WECHAT_PUBLIC_KEY_ID"),
    "api": env.text("WECHAT_API", "https://api.mch.weixin.qq.com"),
    "open": env.text("WECHAT_OPEN", "https://open.weixin.qq.com"),
}
STRIPE = {
    "secret_key": env.text("STRIPE_SECRET_KEY"),
    "webhook_secrets": env.words("STRIPE_WEBHOOK_SECRET"),  # two while one is being replaced
    "api": env.text("STRIPE_API"),
}
TILLS = {  # where a buyer's form may lead
    "wechat": ["https://wx.tenpay.com", WECHAT["open"], WECHAT["api"]],
    "alipay": ["https://*.alipay.com", ALIPAY["gateway"].removesuffix("/gateway.do")],
    "stripe": ["https://checkout.stripe.com", "https://billing.stripe.com", *env.words("STRIPE_API")],
}

# ── Mail ──────────────────────────────────────────────────────────────────
DEFAULT_FROM_EMAIL = "半闲书院 <school@localhost>"
globals().update(env.email(env.text("EMAIL_URL")))

# ── Words and time ────────────────────────────────────────────────────────
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("zh-hant", _("繁體中文")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "platform/web/locale"]
TIME_ZONE = env.text("TIME_ZONE", "Asia/Shanghai")
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = ["web.formats"]

# ── Files for the browser ─────────────────────────────────────────────────
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STORAGES = {
    "default": {"BACKEND": "cms.storage.PageFiles"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage" if DEBUG else "config.static.HashedFiles"
    },
}
WHITENOISE_USE_FINDERS = DEBUG

# ── Wagtail ───────────────────────────────────────────────────────────────
WAGTAIL_SITE_NAME = "群课"
WAGTAILADMIN_BASE_URL = SITE_URL
WAGTAIL_GRAVATAR_PROVIDER_URL = None  # no stranger is told who edits here
WAGTAIL_ENABLE_UPDATE_CHECK = WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAILADMIN_LOGIN_URL = LOGIN_URL  # the one door; nobody here has a password
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAILUSERS_PASSWORD_ENABLED = False
WAGTAIL_I18N_ENABLED = False
WAGTAILDOCS_SERVE_METHOD = "serve_view"
# of the office only, by any piece of a title: the databases' own search finds Chinese by whole sentences. For learners: cms.searching
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database.fallback"}}
WAGTAILADMIN_PERMITTED_LANGUAGES = [("zh-hans", "简体中文"), ("zh-hant", "繁體中文"), ("en", "English")]

# ── Closed doors ──────────────────────────────────────────────────────────
X_FRAME_OPTIONS = "DENY"  # Wagtail lifts it from its previews
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
if not DEBUG:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = SITE_URL.startswith("https:")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SITE_URL.startswith("https:")
    SECURE_HSTS_SECONDS = 31536000 if SITE_URL.startswith("https:") else 0
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SITE_URL.startswith("https:")
_MEDIA_SOURCES = [SELF, "data:", "blob:", *([S3_PUBLIC_ENDPOINT] if S3_PUBLIC_ENDPOINT else [])]
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ("/admin/", "/django-admin/"),  # Wagtail's admin still needs inline scripts
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE, "'wasm-unsafe-eval'"],
        "worker-src": [SELF, "blob:"],
        "style-src": [SELF, "'unsafe-inline'"],
        "img-src": _MEDIA_SOURCES,
        "media-src": _MEDIA_SOURCES,
        "connect-src": [SELF, "ws:" if DEBUG else "wss:", *([S3_PUBLIC_ENDPOINT] if S3_PUBLIC_ENDPOINT else [])],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF, *(address for name in PAYMENTS for address in TILLS.get(name, ()))],
        "frame-ancestors": [SELF],
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"discreet": {"()": "web.logs.Discreet"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["discreet"]}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "WARNING")},
}
