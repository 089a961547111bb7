"""A developer's machine or a demo: believable defaults, mail on the console, nothing secret.

`script/server` sets DATABASE_URL and REDIS_URL to the embedded engines unless they are given.
"""

from shopme import env

env.stand_in(
    SECRET_KEY="local-only-key-that-protects-nothing-but-a-demo-on-this-machine",
    FIELD_KEYS="local:bG9jYWwtb25seS1maWVsZC1rZXktZm9yLWEtZGVtby4=",
    DEBUG="true",
    DATABASE_URL="postgres://postgres@127.0.0.1:5432/shopme",
    REDIS_URL="redis://127.0.0.1:6379/0",
    SIMULATED_GATEWAY="true",
    WHATSAPP_APP_SECRET="local-app-secret",
    WHATSAPP_VERIFY_TOKEN="local-verify-token",
)

from shopme.settings.base import *

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
