/**
 * The gateway’s HTTP application. Builds it and never listens; `src/cli/commands/gateway.ts` does.
 * It can start and join runs, and nothing else: no decision comes through here.
 */
import Fastify from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ERRORS } from '../domain/errors.js';
import type { ErrorCode } from '../domain/errors.js';
import { brieflyCached, checkAuthorization, checkSignature } from './credentials.js';
import { takeDelivery } from './deliver.js';
import type { GatewayDeps } from './deps.js';
import { parseAlertmanager } from './sources/alertmanager.js';
import type { Delivery } from './sources/alertmanager.js';
import { parseGeneric } from './sources/generic.js';

/** Alertmanager sends at most a few hundred kilobytes; more is not an alert. */
const BODY_LIMIT = 1024 * 1024;

/** Builds the application: POST /alerts/alertmanager, POST /alerts/generic, GET /healthz, GET /metrics. */
export function buildGateway(deps: GatewayDeps): FastifyInstance {
  const app = Fastify({ bodyLimit: BODY_LIMIT, logger: false });
  const resolveSecret = brieflyCached(deps.resolveSecret, deps.now);
  const { alertmanager, generic } = deps.config.gateway.sources;

  // Signatures cover the bytes as they came, so nothing parses them before.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  app.setErrorHandler<Error & { statusCode?: number; code?: string }>((error, request, reply) => {
    const status = error.statusCode ?? 503;
    // A credential that cannot be resolved, or anything unforeseen: the sender keeps the alert and delivers it again.
    if (status >= 500) deps.log.error({ route: request.url, code: error.code ?? error.name }, 'delivery failed');
    return answer(
      reply,
      status >= 500 ? 503 : status,
      status >= 500 ? 'HF_ALERT_NOT_DURABLE' : 'HF_ALERT_MALFORMED',
      error.code ?? error.name,
    );
  });

  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await deps.metrics.render();
    return reply.header('content-type', contentType).send(text);
  });

  if (alertmanager !== undefined) {
    const authenticate = async (request: FastifyRequest, reply: FastifyReply) => {
      if (await checkAuthorization(alertmanager, request.headers.authorization, resolveSecret)) return undefined;
      deps.log.warn({ source: 'alertmanager', from: request.ip }, 'unauthenticated alert refused');
      return answer(reply, 401, 'HF_ALERT_UNAUTHENTICATED', 'authorization header');
    };
    app.post('/alerts/alertmanager', { onRequest: authenticate, ...measured(deps, 'alertmanager') }, (request, reply) =>
      receive(deps, reply, request, parseAlertmanager),
    );
  }
  if (generic !== undefined) {
    const authenticate = async (request: FastifyRequest, reply: FastifyReply) => {
      if (await checkSignature(generic.secret, rawBody(request), request.headers, resolveSecret)) return undefined;
      deps.log.warn({ source: 'generic', from: request.ip }, 'unauthenticated alert refused');
      return answer(reply, 401, 'HF_ALERT_UNAUTHENTICATED', 'webhook-signature header');
    };
    app.post('/alerts/generic', { preHandler: authenticate, ...measured(deps, 'generic') }, (request, reply) =>
      receive(deps, reply, request, parseGeneric),
    );
  }
  return app;
}

type Parse = (value: unknown) => { readonly delivery: Delivery } | { readonly problem: string };

async function receive(deps: GatewayDeps, reply: FastifyReply, request: FastifyRequest, parse: Parse): Promise<FastifyReply> {
  let value: unknown;
  try {
    value = JSON.parse(rawBody(request).toString('utf8'));
  } catch {
    return answer(reply, 400, 'HF_ALERT_MALFORMED', 'the body is not JSON');
  }
  const parsed = parse(value);
  if ('problem' in parsed) {
    deps.log.warn({ route: request.url, problem: parsed.problem }, 'malformed alert refused');
    return answer(reply, 400, 'HF_ALERT_MALFORMED', parsed.problem);
  }
  const outcome = await takeDelivery(deps, parsed.delivery);
  switch (outcome.kind) {
    case 'durable':
      return reply.code(200).send({ status: 'durable', accepted: outcome.accepted, unmapped: outcome.unmapped });
    case 'unmapped':
      return answer(reply, 422, 'HF_ALERT_UNMAPPED', `${outcome.unmapped} alerts`);
    case 'failed':
      return answer(reply, 503, 'HF_ALERT_NOT_DURABLE', outcome.why);
  }
}

function rawBody(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

/** The one envelope of every refusal. */
function answer(reply: FastifyReply, status: number, code: ErrorCode, detail: string): FastifyReply {
  return reply.code(status).send({ error: { code, message: ERRORS[code].summary, detail, next: ERRORS[code].next } });
}

function measured(deps: GatewayDeps, source: string) {
  return {
    onResponse: async (_request: FastifyRequest, reply: FastifyReply) => deps.metrics.post(source, reply.statusCode, reply.elapsedTime),
  };
}
