/**
 * Where metrics are read: a listener of its own on loopback, never the public address. Counts tell how a campaign goes, and their changes
 * when; so who may read them is who is on this machine. A collector elsewhere comes through something that knows who it is.
 *
 * ```
 * GET /metrics    the registry
 * GET /readyz     what is missing, by name: {"ready":false,"checks":{…}}, 200 or 503
 * ```
 * @module
 */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import { fail } from '../errors.js';
import { isReady, type Readiness } from './health.js';

export interface MetricsAddress {
  /** `127.0.0.1` by default; loopback only. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);
const REQUEST_MS = 10_000;

/** @throws `ERR_METRICS_ADDRESS`, `ERR_GATEWAY_PORT_BUSY` */
export async function listenMetrics(
  { host = '127.0.0.1', port }: MetricsAddress,
  registry: Pick<Registry, 'metrics' | 'contentType'>,
  readiness: () => Promise<Readiness>,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  if (!LOOPBACK.has(host)) throw fail('ERR_METRICS_ADDRESS');
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) => {
    const target = request.method === 'GET' ? request.url : undefined;
    // A page in a browser on this machine must not read them under a name that it made lead here.
    if (!isOwnHost(request.headers.host)) return void answer(response, 421, 'text/plain', '');
    if (target === '/metrics') {
      registry.metrics().then(
        (text) => answer(response, 200, registry.contentType, text),
        () => answer(response, 503, 'text/plain', ''),
      );
    } else if (target === '/readyz') {
      void readiness().then((checks) => {
        const ready = isReady(checks);
        answer(response, ready ? 200 : 503, 'application/json', `${JSON.stringify({ ready, checks })}\n`);
      });
    } else answer(response, 404, 'text/plain', '');
  });
  await listen(server, host, port);
  const bound = server.address();
  const boundPort = typeof bound === 'object' && bound !== null ? bound.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${boundPort}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function isOwnHost(host: string | undefined): boolean {
  return host !== undefined && /^(?:127\.0\.0\.1|\[::1\]|localhost)(?::\d+)?$/.test(host);
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }).end(body);
}

const listen = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(fail(cause.code === 'EADDRINUSE' ? 'ERR_GATEWAY_PORT_BUSY' : 'ERR_METRICS_ADDRESS', {}, { cause })),
    );
    server.listen(port, host, resolve);
  });
