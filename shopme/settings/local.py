"""A developer's machine or a demo: believable defaults, mail on the console, nothing secret.

Without DATABASE_URL and REDIS_URL the engines of this checkout are meant, as `script/server` starts them. Never a
server that happens to listen on a standard port.
"""

from shopme import env
from shopme.engines.errors import EngineProblem
from shopme.engines.home import Home
from shopme.engines.service import addresses

try:
    running = addresses(Home((env.BASE_DIR / ".engines").resolve()))
except EngineProblem:
    running = None
if running is not None:
    env.stand_in(**running.as_environment())

env.stand_in(
    SECRET_KEY="local-only-key-that-protects-nothing-but-a-demo-on-this-machine",
    FIELD_KEYS="local:bG9jYWwtb25seS1maWVsZC1rZXktZm9yLWEtZGVtby4=",
    DEBUG="true",
    # Nothing listens there; `manage.py` says what to do.
    DATABASE_URL="postgres://nobody@127.0.0.1:1/no-engines-are-running",
    REDIS_URL="redis://127.0.0.1:1/0",
    SIMULATED_GATEWAY="true",
    WHATSAPP_APP_SECRET="local-app-secret",
    WHATSAPP_VERIFY_TOKEN="local-verify-token",
)

from shopme.settings.base import *

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
if "no-engines-are-running" in DATABASE_URL:
    DATABASES["default"]["OPTIONS"]["pool"]["timeout"] = 1
