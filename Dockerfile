# The emulator and the agent: `relay-emulator` and `hcm`. docs/reference/containers.md tells how to use it.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
# As npm's own variable: a registry other than the public one.
ARG NPM_CONFIG_REGISTRY
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
# Not `npm ci`, which wants binaries for foreign platforms in the lock file that not every registry carries.
RUN npm install --no-save --ignore-scripts --loglevel=error
COPY . .
# All that runs is bundled: nothing of node_modules is needed, and nothing is bound to a processor.
RUN node --input-type=module -e "import { buildPages } from './scripts/lib/build-ui.mjs'; \
    import { buildPrograms } from './scripts/lib/build-programs.mjs'; \
    await buildPages(); await buildPrograms()"

FROM ${NODE_IMAGE} AS tree
WORKDIR /tree/opt/relay-emulator
COPY --from=build /src/dist/programs dist/programs
COPY --from=build /src/dist/ui dist/ui
COPY package.json LICENSE ./
COPY scripts/container-health.mjs scripts/
COPY examples/compose examples/compose
RUN chmod +x dist/programs/relay-emulator.js dist/programs/hcm.js \
    && mkdir -p /tree/usr/local/bin \
    && ln -s ../../../opt/relay-emulator/dist/programs/relay-emulator.js /tree/usr/local/bin/relay-emulator \
    && ln -s ../../../opt/relay-emulator/dist/programs/hcm.js /tree/usr/local/bin/hcm

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="relay-emulator" \
    org.opencontainers.image.description="A complete local emulator of Azure Relay Hybrid Connections" \
    org.opencontainers.image.licenses="MIT"
COPY --from=tree /tree /
# Any user may write there: --user and --tmpfs /data work too.
RUN install -d -m 1777 -o node -g node /data && install -d -o node -g node /opt/relay-emulator/cache
ENV NODE_ENV=production \
    RELAY_EMULATOR_HOST=0.0.0.0 \
    RELAY_EMULATOR_PORT=443 \
    RELAY_EMULATOR_PLAIN_PORT=80 \
    RELAY_EMULATOR_DATA_DIR=/data \
    HCM_STATE_DIR=/data/hcm \
    NODE_COMPILE_CACHE=/opt/relay-emulator/cache
USER node
WORKDIR /data
# Node.js keeps what it compiles for this first start, for this user: the others are ready sooner.
RUN timeout --preserve-status 5 relay-emulator start --in-memory --port 0 --plain-port 0 > /dev/null
VOLUME /data
EXPOSE 443 80 9400 9444
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 \
    CMD ["node", "/opt/relay-emulator/scripts/container-health.mjs"]
ENTRYPOINT []
CMD ["relay-emulator", "start"]
