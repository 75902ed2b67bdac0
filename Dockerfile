# Builds the console and the binary, and an image that holds the binary and nothing else that runs.
FROM node:22-bookworm-slim AS console
WORKDIR /build
COPY . .
RUN cd web && npm ci --no-audit --no-fund && npm run build

FROM rust:1.95-bookworm AS build
WORKDIR /build
COPY . .
COPY --from=console /build/web/dist web/dist
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/build/target \
    cargo build --release --locked --bin dashoffice && cp target/release/dashoffice /dashoffice

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data dashoffice \
    && install -d -o dashoffice -g dashoffice -m 0700 /data
COPY --from=build /dashoffice /usr/local/bin/dashoffice
USER dashoffice
VOLUME /data
EXPOSE 8080
ENV DASHOFFICE__SERVER__LISTEN=0.0.0.0:8080 DASHOFFICE__DATA__DIR=/data DASHOFFICE__LOG__FORMAT=json
# Alive, not ready: a container that waits for its lease must not be restarted for it.
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
    CMD ["curl", "--fail", "--silent", "--output", "/dev/null", "http://127.0.0.1:8080/healthz"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["dashoffice"]
CMD ["serve"]
