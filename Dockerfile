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
# Types are for those who change them to check.
RUN node node_modules/typescript/lib/tsc.js -b --noCheck cli agent \
    && node --input-type=module -e "import { buildPages } from './scripts/lib/build-ui.mjs'; await buildPages()"

FROM ${NODE_IMAGE} AS dependencies
ARG NPM_CONFIG_REGISTRY
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
# Optional packages are binaries that make frames faster on some processors; without them nothing is bound to one.
RUN npm install --no-save --omit=dev --omit=optional --ignore-scripts --loglevel=error \
    && find node_modules -type f \
    \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.md' -o -name '*.ts' \) -delete

FROM ${NODE_IMAGE} AS tree
WORKDIR /tree/opt/relay-emulator
COPY --from=dependencies /src/node_modules node_modules
COPY --from=build /src/dist dist
COPY package.json LICENSE ./
COPY scripts/container-health.mjs scripts/
COPY examples/compose examples/compose
RUN rm -rf dist/.tsbuildinfo && find dist -name '*.d.ts' -delete \
    && chmod +x dist/cli/main.js dist/agent/main.js \
    && mkdir -p /tree/usr/local/bin \
    && ln -s ../../../opt/relay-emulator/dist/cli/main.js /tree/usr/local/bin/relay-emulator \
    && ln -s ../../../opt/relay-emulator/dist/agent/main.js /tree/usr/local/bin/hcm

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="relay-emulator" \
    org.opencontainers.image.description="A complete local emulator of Azure Relay Hybrid Connections" \
    org.opencontainers.image.licenses="MIT"
COPY --from=tree /tree /
# Any user may write there: --user and --tmpfs /data work too.
RUN install -d -m 1777 -o node -g node /data
ENV NODE_ENV=production \
    RELAY_EMULATOR_HOST=0.0.0.0 \
    RELAY_EMULATOR_PORT=443 \
    RELAY_EMULATOR_PLAIN_PORT=80 \
    RELAY_EMULATOR_DATA_DIR=/data \
    HCM_STATE_DIR=/data/hcm
USER node
WORKDIR /data
VOLUME /data
EXPOSE 443 80 9400 9444
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 \
    CMD ["node", "/opt/relay-emulator/scripts/container-health.mjs"]
ENTRYPOINT []
CMD ["relay-emulator", "start"]
