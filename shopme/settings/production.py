"""Production: every secret from the environment, HTTPS only, hashed static files."""

from shopme import env

env.need(
    PLATFORM_URL="give the address people and Meta use, as in https://shop.example.com.",
    ALLOWED_HOSTS="give the hosts that are answered, as in shop.example.com,.shop.example.com.",
    WHATSAPP_APP_SECRET="give the secret of the platform's app at Meta.",
    WHATSAPP_VERIFY_TOKEN="give the word Meta's handshake must say.",
    EMAIL_URL="give smtp+tls://user:password@host:587; invitations and reset links go out by mail.",
)

from shopme.settings.base import *

if len(SECRET_KEY) < 50:
    env.stop("SECRET_KEY", "is too short: give 50 or more random characters.")

DEBUG = False
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
