/**
 * The HTTP application before it has routes: limits, strict schemas and bodies, problems for every error, a request id in
 * every answer, the log, the OpenAPI document.
 * @module
 */
import { constants, randomUUID } from 'node:crypto';
import swagger from '@fastify/swagger';
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { useEgressGuard } from '../egress/guard.js';
import { answerClientError, answerFrameworkError, setCommonHeaders, useProblems } from '../problems/handlers.js';
import { sendProblem } from '../problems/problem.js';
import { NoQuerySchema, sharedSchemas } from '../schemas.js';
import { JSON_BODY_LIMIT_BYTES, useJsonBodies } from './bodies.js';
import { logAnswer } from './logging.js';
import { useStrictSchemas } from './validation.js';

export interface AppOptions {
  readonly logger: FastifyBaseLogger;
  readonly version: string;
  /** Whether requests are still taken. */
  readonly open: () => boolean;
  /** Told of each answer that the egress guard held back. */
  readonly onHeld?: () => void;
  readonly limits?: Partial<Limits>;
  /** Ends TLS here; without it something in front must. */
  readonly tls?: TlsOptions;
}

export interface TlsOptions {
  /** Private key and certificate chain of this server, PEM. */
  readonly key: string | Uint8Array;
  readonly cert: string | Uint8Array;
  /** Authorities whose client certificates are trusted, PEM. Without any, certificates are known by their SHA-256 only. */
  readonly clientCa?: string | Uint8Array | readonly (string | Uint8Array)[];
}

export interface Limits {
  /** Request line and headers together. A grant and a proof are about 2 KB. */
  readonly headersBytes: number;
  readonly headersMs: number;
  /** The whole request, body included. */
  readonly requestMs: number;
}

const LIMITS: Limits = { headersBytes: 16 << 10, headersMs: 5_000, requestMs: 10_000 };
/** How often slow connections are looked for. */
const LOOK_MS = 500;

export async function createApp({ logger, version, open, onHeld, limits, tls }: AppOptions): Promise<FastifyInstance> {
  const { headersBytes, headersMs, requestMs } = { ...LIMITS, ...limits };
  const app: FastifyInstance = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }), // one line an answer is ours: logging.ts
    genReqId: () => randomUUID(), // never taken from a header: it is in the log and in every answer
    requestIdHeader: false,
    bodyLimit: JSON_BODY_LIMIT_BYTES,
    requestTimeout: requestMs,
    ...serverOptions({ headersTimeout: headersMs, maxHeaderSize: headersBytes, connectionsCheckingInterval: LOOK_MS }, tls),
    routerOptions: { maxParamLength: 128 },
    forceCloseConnections: 'idle',
    return503OnClosing: false, // answered as a problem by the hook below
    frameworkErrors: answerFrameworkError,
    clientErrorHandler(error, socket) {
      const requestId = randomUUID();
      logger.info({ id: requestId, code: error.code }, 'not a request');
      answerClientError(error, socket, requestId);
    },
  });
  useStrictSchemas(app, { shared: sharedSchemas });
  useJsonBodies(app);
  useProblems(app);
  useEgressGuard(app, onHeld);

  app.addHook('onRequest', async (request, reply) => {
    setCommonHeaders(request, reply);
    const { url } = request.routeOptions;
    if (!open() && url !== '/healthz' && url !== '/readyz') return sendProblem(reply, 'unavailable');
  });
  app.addHook('onSend', async (_request, reply) => {
    // Else a connection kept alive would hold up the end.
    if (!open()) reply.header('connection', 'close');
  });
  app.addHook('onResponse', async (request, reply) => logAnswer(request.log, request, reply));

  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Numbra gateway',
        version,
        description:
          'Calls a bank’s customers by dial token, without a phone number. Errors are problem details (RFC 9457), those of the token endpoint RFC 6749 JSON.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      tags: [
        { name: 'calls', description: 'Place and look up calls' },
        { name: 'lists', description: 'Read and acknowledge your list' },
        { name: 'grants', description: 'Ask for a grant' },
        { name: 'ledger', description: 'What anyone can check' },
        { name: 'metadata', description: 'Where things are' },
        { name: 'operation', description: 'For load balancers' },
      ],
      components: {
        securitySchemes: {
          grant: { type: 'apiKey', in: 'header', name: 'Authorization', description: 'DPoP GRANT: from the token endpoint (RFC 9449).' },
          proof: { type: 'apiKey', in: 'header', name: 'DPoP', description: 'A fresh proof for each request (RFC 9449).' },
        },
      },
    },
    refResolver: { buildLocalReference: (schema, _base, _fragment, index) => String(schema['$id'] ?? `schema-${index}`) },
  });
  app.get('/openapi.json', { schema: { hide: true, querystring: NoQuerySchema } }, async (_request, reply) =>
    reply.header('cache-control', 'public, max-age=300').send(app.swagger()),
  );
  return app;
}

/**
 * TLS 1.3 only. Every client is asked for a certificate and may come without one, or with one that nobody signed: what it is
 * worth is judged by the bank's registration (oauth/certificate.ts). Sessions are not resumed, so that each connection's
 * certificate was proven on that connection.
 */
function serverOptions(
  http: { headersTimeout: number; maxHeaderSize: number; connectionsCheckingInterval: number },
  tls: TlsOptions | undefined,
) {
  if (tls === undefined) return { http };
  const pem = (text: string | Uint8Array): string | Buffer => (typeof text === 'string' ? text : Buffer.from(text));
  const { clientCa = [] } = tls;
  const authorities = typeof clientCa === 'string' || clientCa instanceof Uint8Array ? [clientCa] : clientCa;
  return {
    https: {
      ...http,
      key: pem(tls.key),
      cert: pem(tls.cert),
      // An empty list, not the system's: a public authority vouches for nobody here.
      ca: authorities.map(pem),
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.3' as const,
      secureOptions: constants.SSL_OP_NO_TICKET,
    },
  };
}
