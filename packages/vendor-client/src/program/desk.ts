/**
 * The program's face to the desk's software: plain HTTP on loopback or a Unix socket. It admits, finds the path, reads a bounded
 * body, passes the request on and the answer back unchanged.
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as WebStream } from 'node:stream/web';
import type { Signer } from '../key.js';
import { readBody } from './body.js';
import { countersignature } from './countersign.js';
import { type DistinctHeaders, type Door, refuseAtDoor } from './door.js';
import type { DeskAnswer, Forwarder } from './forward.js';
import { type Facts, factsOf, type Log } from './log.js';
import { type Found, findRoute } from './paths.js';
import { DeskProblem, type ProblemCode, problemAnswer } from './problems.js';

export interface DeskOptions {
  readonly forwarder: Forwarder;
  /** Signs countersignatures. */
  readonly key: Signer;
  readonly log: Log;
  /** For requests that name none. */
  readonly campaign?: string;
  /** Known once the port is. */
  readonly door: () => Door;
  /** Milliseconds, from any moment on. */
  readonly clock?: () => number;
  /** How long requests that are under way may take when the program stops; 10 by default. */
  readonly graceSeconds?: number;
}

export interface Desk {
  readonly server: Server;
  /** Takes no more requests, lets those under way end, and closes. */
  close(): Promise<void>;
}

const HEADERS_BYTES = 16 << 10;
const HEADERS_MS = 5_000;
/** The whole request; a body of a batch comes from this machine. */
const REQUEST_MS = 10_000;
/** A desk has some hundred seats at most. */
const MOST_CONNECTIONS = 1_024;

/** A campaign's name, as in a header; the bank knows which there are. */
const CAMPAIGN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
/** A pseudonym, as the bank takes it. */
const AGENT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;
/** Passed on to the bank; anything else that the desk's software sends stays here. */
const HEADERS_UP = ['accept', 'last-event-id'];
/** Of one connection (RFC 9110 § 7.6.1), of the body's coding that ends here, or between the bank and this program. */
const HEADERS_KEPT = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
  ...['content-encoding', 'content-length', 'dpop-nonce', 'www-authenticate', 'set-cookie', 'alt-svc', 'strict-transport-security'],
]);

export function createDesk(options: DeskOptions): Desk {
  const { log, clock = () => performance.now(), graceSeconds = 10 } = options;
  const streams = new Set<AbortController>();
  let isStopping = false;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = clock();
    const facts: { -readonly [K in keyof Facts]: Facts[K] } = { event: 'answered' };
    const left = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) left.abort(new Error('the desk has left'));
    });
    if (isStopping) response.setHeader('connection', 'close');
    try {
      if (isStopping) throw new DeskProblem('desk-stopping');
      const arrived = await serve(request, response, left, facts);
      facts.status = arrived.status;
      facts.sent = arrived.sent;
      const requestId = arrived.headers.get('x-request-id');
      if (requestId !== null) facts.requestId = requestId;
      await passBack(response, arrived, left.signal);
    } catch (error) {
      if (left.signal.aborted) facts.event = 'left';
      else {
        const code = error instanceof DeskProblem ? error.problem : 'desk-internal';
        Object.assign(facts, { status: problemAnswer(code).status }, factsOf(error));
        facts.code ??= code;
        // Broken off, so that nobody takes it for whole.
        if (response.headersSent) response.destroy();
        else {
          // What is left of a body is not read.
          if (!request.complete) response.setHeader('connection', 'close');
          sendProblem(response, code);
        }
      }
    } finally {
      streams.delete(left);
      log({ ...facts, milliseconds: Math.round(clock() - started) });
    }
  }

  async function serve(
    request: IncomingMessage,
    response: ServerResponse,
    left: AbortController,
    facts: { -readonly [K in keyof Facts]: Facts[K] },
  ): Promise<DeskAnswer> {
    const headers = request.headersDistinct;
    const refusal = refuseAtDoor(options.door(), headers);
    if (refusal !== undefined) throw new DeskProblem(refusal);
    const found = findRoute(request.method ?? '', request.url ?? '');
    if (found === undefined) throw new DeskProblem('desk-path-unknown');
    if ('allow' in found) {
      response.setHeader('allow', found.allow);
      throw new DeskProblem('desk-method-unknown');
    }
    const { route, path, query } = found;
    facts.route = `${route.method} ${route.name}`;
    const campaign = campaignOf(found, headers, options.campaign);
    facts.campaign = campaign;
    const agent = agentOf(headers);
    const up = headersUp(found, headers);
    let body = await readBody(request, route.bodyBytes);
    if (body !== undefined && route.countersigns) body = await countersignature(body, { id: found.id, campaign }, options.key);
    if (route.streams) streams.add(left);
    return options.forwarder.forward(
      {
        method: route.method,
        path,
        query,
        campaign,
        action: route.action,
        ...(agent !== undefined && { agent }),
        headers: up,
        ...(body && { body }),
        streams: route.streams === true,
      },
      left.signal,
    );
  }

  const server = createServer(
    {
      maxHeaderSize: HEADERS_BYTES,
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: 1_000,
    },
    (request, response) => void answer(request, response),
  );
  server.maxConnections = MOST_CONNECTIONS;
  server.on('clientError', answerClientError);
  return { server, close };

  async function close(): Promise<void> {
    if (isStopping) return;
    isStopping = true;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    // A stream would never end by itself; the desk's software asks again.
    for (const stream of streams) stream.abort(new Error('the program stops'));
    const timer = setTimeout(() => server.closeAllConnections(), graceSeconds * 1000);
    await closed;
    clearTimeout(timer);
  }
}

/** The path's, else the header's, else the program's own. */
function campaignOf({ campaign }: Found, headers: DistinctHeaders, fallback: string | undefined): string {
  const { 'numbra-campaign': named = [] } = headers;
  if (named.length > 1) throw new DeskProblem('desk-malformed');
  const found = campaign ?? named[0] ?? fallback;
  if (found === undefined || !CAMPAIGN.test(found)) throw new DeskProblem('desk-campaign-missing');
  return found;
}

/** Who sits at the desk, where its software says so. */
function agentOf(headers: DistinctHeaders): string | undefined {
  const { 'numbra-agent': [agent, ...others] = [] } = headers;
  if (others.length > 0 || (agent !== undefined && !AGENT.test(agent))) throw new DeskProblem('desk-agent-malformed');
  return agent;
}

function headersUp({ route }: Found, headers: DistinctHeaders): Record<string, string> {
  const up: Record<string, string> = { 'accept-encoding': 'identity' };
  for (const name of HEADERS_UP) if (headers[name]?.[0] !== undefined) up[name] = headers[name][0];
  if (route.bodyBytes !== undefined) up['content-type'] = 'application/json';
  if (!route.writes) return up;
  const { 'idempotency-key': keys = [] } = headers;
  if (keys.length > 1) throw new DeskProblem('desk-malformed');
  const [key] = keys;
  if (key === undefined || !IDEMPOTENCY_KEY.test(key)) throw new DeskProblem('desk-idempotency-key-missing');
  up['idempotency-key'] = key;
  return up;
}

async function passBack(response: ServerResponse, { status, headers, body }: DeskAnswer, signal: AbortSignal): Promise<void> {
  const down: Record<string, string> = {};
  for (const [name, value] of headers) if (!HEADERS_KEPT.has(name)) down[name] = value;
  if (body instanceof Uint8Array) {
    response.writeHead(status, { ...down, 'content-length': String(body.byteLength) }).end(body);
    return;
  }
  response.writeHead(status, down).flushHeaders();
  // The types of Node and of the DOM name one class twice.
  await pipeline(Readable.fromWeb(body as WebStream<Uint8Array>), response, { signal });
}

function sendProblem(response: ServerResponse, code: ProblemCode): void {
  const { status, headers, body } = problemAnswer(code);
  const common = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'content-length': String(Buffer.byteLength(body)) };
  response.writeHead(status, { ...headers, ...common }).end(body);
}

/** For what never becomes a request: Node's parser gave up, or the client was too slow. */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, headers, body } = problemAnswer('desk-malformed');
  const head = [`HTTP/1.1 ${status} Bad Request`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)];
  socket.end(`${[...head, `content-length: ${Buffer.byteLength(body)}`, 'connection: close'].join('\r\n')}\r\n\r\n${body}`);
}
