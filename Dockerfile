# Muster in a container. `docker compose up -d` starts it; docs/deployment.md says how.

FROM python:3.13.1-slim-bookworm AS build
WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements.lock ./
# Every package is compared with its hash here; of them only what the program needs goes on.
RUN pip download --quiet --require-hashes --only-binary :all: --dest wheels --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN python -m venv /opt/muster \
    && /opt/muster/bin/pip install --quiet --no-index --find-links wheels . \
    && /opt/muster/bin/pip uninstall --quiet --yes pip

FROM python:3.13.1-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin muster \
    && install --directory --owner muster --group muster --mode 0700 /data \
    && install --directory /config
COPY --from=build /opt/muster /opt/muster
# Settings are read in /config; the database, trusted host keys and what waits for the database lie in /data.
ENV PATH=/opt/muster/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATABASE_PATH=/data/muster.db \
    XDG_DATA_HOME=/data \
    MPLCONFIGDIR=/tmp
WORKDIR /config
USER muster
VOLUME /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5m --timeout=60s --start-period=2m --retries=3 CMD ["muster", "doctor", "--local"]
ENTRYPOINT ["muster"]
CMD ["run"]
