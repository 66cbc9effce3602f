# One image for the web server, the workers and the schedule; compose.yaml says which runs what.
FROM python:3.11-slim

RUN useradd --system --create-home --home-dir /var/lib/turret --uid 10001 turret
WORKDIR /opt/turret

# What the locks name, with its hashes: a layer that stays until a lock changes.
COPY pyproject.toml requirements.lock requirements-setup.lock ./
COPY config/__init__.py config/install.py config/
RUN UV_COMPILE_BYTECODE=1 python -m config.install && rm -rf /root/.cache

COPY --chmod=755 . .
RUN .venv/bin/python -m compileall -q accounts billing clustering config ingestion journeys

ENV TURRET_DATA_DIR=/var/lib/turret HOST=0.0.0.0 PORT=8000 PYTHONUNBUFFERED=1
USER turret
# Asks no server. The key is needed to start at all, signs nothing, and is not kept.
RUN SECRET_KEY=collecting-static-files-takes-a-key-but-signs-nothing \
    DATABASE_URL=postgresql:///none REDIS_URL=redis://none/0 \
    .venv/bin/python manage.py collectstatic --no-input --verbosity 0

EXPOSE 8000
HEALTHCHECK --start-period=20s CMD .venv/bin/python -c \
    "from urllib.request import urlopen; urlopen('http://127.0.0.1:$PORT/healthz', timeout=5)"
CMD [".venv/bin/python", "-m", "config.web"]
