# Builds the console and the binary, and an image that holds the binary and nothing else that runs.
# Whoever mirrors or pins images names their own: docker build --build-arg RUST_IMAGE=mirror.example/rust:1.95-bookworm .
# The binary is linked to the libraries of RUST_IMAGE: RUNTIME_IMAGE must be as new.
ARG NODE_IMAGE=node:22-bookworm-slim
ARG RUST_IMAGE=rust:1.95-bookworm
ARG RUNTIME_IMAGE=debian:bookworm-slim

FROM ${NODE_IMAGE} AS console
WORKDIR /build
COPY . .
RUN cd web && npm ci --no-audit --no-fund && npm run build

FROM ${RUST_IMAGE} AS build
WORKDIR /build
COPY . .
COPY --from=console /build/web/dist web/dist
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/build/target \
    cargo build --release --locked --bin dashoffice && cp target/release/dashoffice /dashoffice

FROM ${RUNTIME_IMAGE}
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
