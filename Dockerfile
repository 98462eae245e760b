# The image of the service; one for all roles (`ROLES`). Built without a network of its own but for npm:
#   docker build --build-arg NODE_IMAGE=node:24-bookworm-slim@sha256:... --build-arg REVISION="$(git rev-parse HEAD)" .
# A registry of one's own: --secret id=npmrc,src=$HOME/.npmrc, and its authority: --secret id=ca,src=ca.crt.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Not `npm ci`: it refuses a lock without the optional packages of other platforms. This keeps to the lock as well.
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc \
    --mount=type=secret,id=ca,target=/run/secrets/ca \
    --mount=type=cache,target=/root/.npm \
    npm install --no-save --omit=dev --ignore-scripts --no-audit --no-fund
COPY schemas ./schemas
COPY src ./src
COPY workflows ./workflows
COPY activities ./activities
COPY stack/prepare-image.mjs ./stack/prepare-image.mjs
# Native parts of other platforms and a second Node go; the workflows are bundled; sbom.spdx.json says what is left.
RUN npm sbom --package-lock-only --omit=dev --sbom-format=spdx > sbom.spdx.json \
    && node stack/prepare-image.mjs \
    && rm -r stack

FROM ${NODE_IMAGE}
ARG VERSION=1.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="orchestrator-dynamic" \
      org.opencontainers.image.description="Runs approved plans as durable Temporal workflows" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# HTTP_HOST: a container is reached from outside. ENV_FILE: settings come from the environment alone.
ENV NODE_ENV=production \
    SERVICE_VERSION="${VERSION}" \
    HTTP_HOST=0.0.0.0 \
    ENV_FILE=none
COPY --from=build /app /app
COPY --chmod=755 stack/orchestrator.sh /usr/local/bin/orchestrator
WORKDIR /app
USER 10001:10001
EXPOSE 8080 50051
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=6 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HTTP_PORT ?? 8080}/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# It is pid 1, and handles SIGTERM itself.
ENTRYPOINT ["node", "/app/src/main.ts"]
