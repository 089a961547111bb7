"""What is true of every ShopMe, wherever it runs."""

from pathlib import Path
from urllib.parse import urlsplit

import environ

from shopme import env
from shopme.settings.security import *

BASE_DIR: Path = env.BASE_DIR

PLATFORM_URL = env.url("PLATFORM_URL", default="http://localhost:8000")
PLATFORM_HOST = urlsplit(PLATFORM_URL).hostname or "localhost"
PINNED_SHOP = env.text("PINNED_SHOP", pattern=r"[a-z0-9-]+", why="give the slug of a shop.")

# Apps: what lives once in `public`, and what each shop has for itself.
SHARED_APPS = [
    # Before django_tenants, whose pages of the desk carry styles that the content security policy forbids.
    "django.contrib.admin",
    "django_tenants",
    "shopme",
    "tenants",
    "conversations.transport",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "template_partials",
    "lucide",
    "csp",
    "django_structlog",
]
TENANT_APPS = ["loyalty", "catalog", "orders", "payments", "conversations"]
INSTALLED_APPS = [*SHARED_APPS, *TENANT_APPS]
TENANT_MODEL = "tenants.Shop"
TENANT_DOMAIN_MODEL = "tenants.Domain"
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter", "tenants.wall.ShopWall"]
TENANT_LIMIT_SET_CALLS = True
PUBLIC_SCHEMA_URLCONF = "shopme.urls_platform"
ROOT_URLCONF = "shopme.urls_shop"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "tenants.middleware.ShopFromHost",
    "csp.middleware.CSPMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tenants.middleware.SessionOfHost",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ASGI_APPLICATION = "shopme.asgi.application"
WSGI_APPLICATION = "shopme.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["lucide.templatetags.lucide", "template_partials.templatetags.partials"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "shopme.shell.shell",
            ],
        },
    }
]

FORM_RENDERER = "shopme.lib.forms.Renderer"
CSRF_FAILURE_VIEW = "shopme.views.csrf_failure"

# Postgres: the truth. Celery and the pool both keep connections; none is reopened per task.
DATABASE_URL = env.url("DATABASE_URL", schemes=("postgres", "postgresql"))
DATABASES = {"default": environ.Env.db_url_config(DATABASE_URL, engine="django_tenants.postgresql_backend")}
DATABASES["default"]["OPTIONS"] = {
    "pool": {"min_size": 0, "max_size": 16, "max_lifetime": 300, "timeout": 10, "reset": "RESET_BY_APP"},
    "application_name": "shopme",
    # A connection nobody has led into a schema reads nothing; tenants.pool puts a returned one back there.
    "options": "-c statement_timeout=30000 -c idle_in_transaction_session_timeout=30000 -c jit=off"
    # What is prepared is prepared because its shape decides, never its values.
    " -c plan_cache_mode=force_generic_plan"
    " -c search_path=pg_catalog",
}
from tenants.pool import reset_connection

DATABASES["default"]["OPTIONS"]["pool"]["reset"] = reset_connection
# A connection that died with a restarted server is replaced before a request gets it.
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis: hints and copies that may vanish.
REDIS_URL = env.url("REDIS_URL", schemes=("redis", "rediss", "unix"))
CACHES = {
    "default": {
        "BACKEND": "tenants.cache.ShopCache",
        "LOCATION": REDIS_URL,
        "KEY_FUNCTION": "tenants.cache.shop_key",
        "TIMEOUT": 300,
    },
    "shared": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "shared",
        "TIMEOUT": 300,
    },
}

# The dashboard speaks English whatever the browser asks for; pages for customers speak the language of their order.
LANGUAGE_CODE = "en"
# Days the platform keeps what people said to itself on its shared number, and names they gave up (as of 2026-11-21,
# docs/security.md). As long as the keys of webhooks: nothing comes again after that.
DIRECTORY_KEPT_DAYS = 30

LANGUAGES = [("en", "English"), ("it", "Italiano")]
LOCALE_PATHS = [BASE_DIR / app / "locale" for app in ("conversations", "payments", "shopme")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static" / "dist"]
STORAGES = {
    "default": {"BACKEND": "tenants.storage.ShopStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = BASE_DIR / "media"

# Other companies' doors.
WHATSAPP_APP_SECRET = env.text("WHATSAPP_APP_SECRET")
WHATSAPP_VERIFY_TOKEN = env.text("WHATSAPP_VERIFY_TOKEN")
WHATSAPP_GRAPH_URL = env.url("WHATSAPP_GRAPH_URL", default="https://graph.facebook.com")
WHATSAPP_GRAPH_VERSION = env.text("WHATSAPP_GRAPH_VERSION", default="v24.0", pattern=r"v\d+\.\d+", why="as in v24.0.")
# The phone on the screen and its stand-in for WhatsApp; a house with real numbers only may switch them off.
SIMULATOR = env.flag("SIMULATOR", default=True)
DIALOG360_URL = env.url("DIALOG360_URL", default="https://waba-v2.360dialog.io")
YOCO_URL = env.url("YOCO_URL", default="https://payments.yoco.com/api")
OZOW_API_URL = env.url("OZOW_API_URL", default="https://api.ozow.com")
OZOW_PAY_URL = env.url("OZOW_PAY_URL", default="https://pay.ozow.com")
# Pretended payments: on for demos and tests, never by accident where real money is taken.
SIMULATED_GATEWAY = env.flag("SIMULATED_GATEWAY", default=False)

vars().update(env.mail("EMAIL_URL", default="consolemail://"))
DEFAULT_FROM_EMAIL = f"ShopMe <no-reply@{PLATFORM_HOST}>"

from shopme.settings.celery import *
from shopme.settings.logs import LOGGING
