# One image for every process of a cluster; docker-compose.yml and deploy/kubernetes say which process each container is.
# Stage "libraries": what rendering needs of the system. "build": packages and static files. The last one runs.

FROM debian:bookworm-slim AS libraries
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3 python3-venv ca-certificates \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements ./requirements
RUN apt-get update && requirements/install system && rm -rf /var/lib/apt/lists/*

FROM libraries AS build
RUN requirements/install base
COPY manage.py pyproject.toml LICENSE README.md ./
COPY seal_advisor ./seal_advisor
COPY evidence ./evidence
COPY templates ./templates
COPY static ./static
# Static files belong to the image; the throw-away data directory of this step does not.
RUN SEAL_ADVISOR_DATA=/tmp/build STATIC_ROOT=/app/staticfiles COMPRESS_STATIC=1 \
    .venv/bin/python manage.py collectstatic --no-input -v 0 \
 && .venv/bin/python -m compileall -q seal_advisor evidence

FROM libraries
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=seal_advisor.settings \
    SEAL_ADVISOR_DATA=/data \
    STATIC_ROOT=/app/staticfiles \
    COMPRESS_STATIC=1 \
    LOG_FORMAT=json
RUN useradd --system --uid 10001 --home-dir /data seal && install -d -o seal -g seal -m 0700 /data
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "seal_advisor.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "8", "--worker-tmp-dir", "/tmp"]
