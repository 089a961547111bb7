"""The test suite: the same engines, fast password hashing, mail in memory."""

from shopme import env

env.stand_in(DEBUG="false", PLATFORM_URL="http://localhost:8000")

from shopme.settings.local import *

DEBUG = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_TASK_ALWAYS_EAGER = False
