# One image for every process of a cluster; docker-compose.yml says which process each container is.
FROM debian:bookworm-slim

RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends make python3 python3-venv ca-certificates \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY requirements ./requirements
# Installs the system libraries that rendering needs, then the locked, hashed packages.
RUN apt-get update && requirements/install base && rm -rf /var/lib/apt/lists/*

COPY manage.py pyproject.toml LICENSE README.md ./
COPY seal_advisor ./seal_advisor
COPY evidence ./evidence
COPY templates ./templates
COPY static ./static

ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=seal_advisor.settings \
    SEAL_ADVISOR_DATA=/data \
    STATIC_ROOT=/app/staticfiles \
    COMPRESS_STATIC=1 \
    LOG_FORMAT=json

# Static files belong to the image; the throw-away data directory of this step does not.
RUN SEAL_ADVISOR_DATA=/tmp/build python manage.py collectstatic --no-input -v 0 && rm -rf /tmp/build \
 && useradd --system --uid 10001 --home-dir /data seal && install -d -o seal -g seal -m 0700 /data
USER seal
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "seal_advisor.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "8"]
