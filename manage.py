#!/usr/bin/env python
"""Django's command line for ShopMe."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopme.settings.local")
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    try:
        execute_from_command_line(sys.argv)
    except OperationalError:
        if "no-engines-are-running" not in os.environ.get("DATABASE_URL", ""):
            raise
        sys.exit("No database: start script/server first, or give DATABASE_URL and REDIS_URL.")


if __name__ == "__main__":
    main()
