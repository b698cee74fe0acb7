# A release with long-term support, by its full number; older ones from 20.19 on would do.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build && npm run build:console && npm prune --omit=dev --no-audit --no-fund

FROM node:24.21.0-bookworm-slim
WORKDIR /app
# The sizes from which glibc gives memory back; it keeps far more by default.
ENV NODE_ENV=production HTTP_HOST=0.0.0.0 \
  MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/prisma/migrations prisma/migrations
COPY --from=build /app/schemas schemas
COPY --from=build /app/dist dist
USER node
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "require(process.env.HTTP_TLS_CERT_FILE ? 'https' : 'http').get({ host: '127.0.0.1', port: process.env.HTTP_PORT ?? 8080, path: '/health/live', rejectUnauthorized: false }, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
# Deploying is idempotent: tables, topics and schemas that are there stay as they are.
CMD ["sh", "-c", "node dist/apps/cli/src/main.js deploy && exec node --enable-source-maps $(node dist/libs/platform/settings/node-options.js) dist/apps/standalone/src/main.js"]
