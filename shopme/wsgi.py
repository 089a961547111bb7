"""Django behind WSGI: every page of the platform and the shops."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopme.settings.production")

application = get_wsgi_application()
