/**
 * Listeners on loopback, for what is told to this machine and to nobody else: metrics, exact decisions. Who may ask is who is here; what comes
 * from elsewhere comes through something that knows who it is.
 *
 * A page in a browser on this machine must not ask under a name that it made lead here: another `Host` is answered 421.
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { fail } from '../errors.js';

export interface LoopbackAddress {
  /** `127.0.0.1` by default; loopback only. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
}

export interface LoopbackListener {
  readonly url: string;
  close(): Promise<void>;
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);
const REQUEST_MS = 10_000;

/**
 * @param refusal - the code where the address is none of this machine's, or cannot be had
 * @throws `refusal`, `ERR_GATEWAY_PORT_BUSY`
 */
export async function listenOnLoopback(
  { host = '127.0.0.1', port }: LoopbackAddress,
  refusal: 'ERR_METRICS_ADDRESS' | 'ERR_EVALUATIONS_ADDRESS',
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<LoopbackListener> {
  if (!LOOPBACK.has(host)) throw fail(refusal);
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) => {
    if (isOwnHost(request.headers.host)) answer(request, response);
    else send(response, 421);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(fail(cause.code === 'EADDRINUSE' ? 'ERR_GATEWAY_PORT_BUSY' : refusal, {}, { cause })),
    );
    server.listen(port, host, resolve);
  });
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

/** Answers, with the headers that every such answer has. */
export function send(response: ServerResponse, status: number, body = '', type = 'text/plain'): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }).end(body);
}
