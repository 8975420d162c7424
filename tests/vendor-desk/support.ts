/**
 * The program `numbra-vendor` before a real gateway, with a line between them that a test may cut, and its command line run as
 * a shell would.
 * @module
 */
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse, request as sendRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { GrantKey } from '@numbra/grants';
import { exportJWK } from 'jose';
import { run } from '../../packages/vendor-client/src/program/run.js';

/** What the line does with a request: pass it on, or answer in the gateway's place. */
export type OnTheWay = (request: SeenRequest, passOn: () => Promise<PassedAnswer>) => Promise<PassedAnswer | 'cut'>;

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface PassedAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** A line to a gateway: its address is the one that the vendor knows. */
export interface Line {
  readonly url: string;
  readonly seen: SeenRequest[];
  /** Where requests go; `undefined`: nobody is there. */
  target: string | undefined;
  onTheWay: OnTheWay;
  close(): Promise<void>;
}

export async function layLine(): Promise<Line> {
  const server = createServer((request, response) => void pass(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const line: Line = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: [],
    target: undefined,
    onTheWay: (_request, passOn) => passOn(),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const seen = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body: await buffer(request) };
    line.seen.push(seen);
    if (line.target === undefined) return void request.socket.destroy();
    try {
      if (seen.path.endsWith('/events')) return void (await stream(line.target, seen, response));
      const answer = await line.onTheWay(seen, () => ask(line.target ?? '', seen));
      if (answer === 'cut') return void request.socket.destroy();
      const { 'transfer-encoding': _coding, connection: _connection, ...headers } = answer.headers;
      response.writeHead(answer.status, headers).end(answer.body);
    } catch {
      request.socket.destroy();
    }
  }
  return line;
}

async function ask(target: string, seen: SeenRequest): Promise<PassedAnswer> {
  const answer = await begin(target, seen);
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await buffer(answer) };
}

async function stream(target: string, seen: SeenRequest, response: ServerResponse): Promise<void> {
  const answer = await begin(target, seen);
  response.writeHead(answer.statusCode ?? 0, answer.headers).flushHeaders();
  response.once('close', () => answer.destroy());
  answer.pipe(response);
}

async function begin(target: string, { method, path, headers, body }: SeenRequest): Promise<IncomingMessage> {
  const { connection: _connection, ...rest } = headers;
  const request = sendRequest(target + path, { method, headers: rest, agent: false });
  request.end(body);
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  return answer;
}

/** The program, as its command line starts it. */
export interface Program {
  /** Where it listens: a URL or a socket's path. */
  readonly at: string;
  readonly secret: string;
  /** Everything that it wrote to stderr: its log. */
  log(): string;
  stop(): Promise<number>;
}

export interface Workplace {
  readonly folder: string;
  readonly keyFile: string;
  serve(...options: string[]): Promise<Program>;
  /** Runs a command to its end. */
  command(...argv: string[]): Promise<{ readonly status: number; readonly out: string; readonly err: string }>;
  remove(): Promise<void>;
}

/** A folder with a vendor's key in a private file, and a secret. */
export async function prepareWorkplace(
  line: { readonly url: string },
  vendor: { readonly id: string; readonly key: GrantKey },
): Promise<Workplace> {
  const folder = await mkdtemp(join(tmpdir(), 'numbra-desk-'));
  const keyFile = join(folder, 'vendor.key');
  const jwk = { ...(await exportJWK(vendor.key.privateKey)), kid: vendor.key.kid };
  await writeFile(keyFile, JSON.stringify(jwk), { mode: 0o600 });
  const secret = 's'.repeat(43);
  await writeFile(`${keyFile}.secret`, `${secret}\n`, { mode: 0o600 });
  return {
    folder,
    keyFile,
    async serve(...options) {
      const stop = new AbortController();
      let log = '';
      let found: (at: string) => void = () => {};
      const listening = new Promise<string>((resolve) => {
        found = resolve;
      });
      const err = (text: string): void => {
        log += text;
        const at = /"event":"listening","at":"([^"]+)"/.exec(log)?.[1];
        if (at !== undefined) found(at);
      };
      const identity = ['--issuer', line.url, '--client-id', vendor.id, '--key', keyFile];
      const place = options.includes('--socket') ? [] : ['--port', '0'];
      const ended = run(['serve', ...identity, ...place, ...options], { out: () => {}, err, stop: stop.signal });
      const at = await Promise.race([listening, ended.then((status) => Promise.reject(new Error(`ended with ${status}: ${log}`)))]);
      return {
        at,
        secret,
        log: () => log,
        stop() {
          stop.abort();
          return ended;
        },
      };
    },
    async command(...argv) {
      let out = '';
      let err = '';
      const status = await run(argv, {
        out: (text) => {
          out += text;
        },
        err: (text) => {
          err += text;
        },
        stop: new AbortController().signal,
      });
      return { status, out, err };
    },
    remove: () => rm(folder, { recursive: true }),
  };
}

export const readText = (path: string): Promise<string> => readFile(path, 'utf8');
