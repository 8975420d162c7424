/**
 * A small Transit engine over real HTTP, as the API's documentation has it: keys that really encrypt, its statuses and error bodies, and
 * the faults of a network and a server that are set from a test.
 * @see https://openbao.org/api-docs/secret/transit/
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const TOKEN = 's.contract-server-token';

interface TransitKey {
  readonly value: Buffer;
  deletionAllowed: boolean;
}

/** What the server does in place of its work. `lost`: does it, and never answers. */
export type Fault =
  | { readonly status: number; readonly body?: string; readonly location?: string }
  | 'lost'
  | 'silent'
  | 'hang up'
  | 'endless'
  | 'malformed';

export interface TransitServer {
  readonly address: string;
  readonly keys: ReadonlyMap<string, TransitKey>;
  /** `METHOD path` of every request, in order. */
  readonly requests: string[];
  /** Tells a request's fault, if it has one; takes the number of requests before it. */
  fault: ((request: string, before: number) => Fault | undefined) | undefined;
  /** A policy that forbids a path. */
  forbidden: RegExp | undefined;
  /** The namespace it answers in. */
  namespace: string | undefined;
  close(): Promise<void>;
}

export async function startTransitServer(mount = 'transit'): Promise<TransitServer> {
  const keys = new Map<string, TransitKey>();
  const state: TransitServer = {
    address: '',
    keys,
    requests: [],
    fault: undefined,
    forbidden: undefined,
    namespace: undefined,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  const server: Server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy());
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const line = `${request.method} ${request.url}`;
    const before = state.requests.length;
    state.requests.push(line);
    const body = await bodyOf(request);
    const fault = state.fault?.(line, before);
    if (fault === 'silent') return;
    if (fault === 'hang up') return void response.destroy();
    if (fault === 'malformed') return void response.end('{"data":{"plaintext":"AAAA');
    if (fault === 'endless') return stream(response);
    if (typeof fault === 'object') {
      response.writeHead(fault.status, fault.location === undefined ? {} : { location: fault.location });
      return void response.end(fault.body ?? '{"errors":["injected"]}');
    }
    const [status, data] = work(request, body);
    if (fault === 'lost') return void response.destroy();
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(data === undefined ? '' : JSON.stringify(data));
  };
  const errors = (status: number, ...texts: string[]): [number, unknown] => [status, { errors: texts }];
  const work = (request: IncomingMessage, body: Readonly<Record<string, unknown>>): [number, unknown?] => {
    if (request.headers['x-vault-token'] !== TOKEN) return errors(403, 'permission denied');
    if (state.namespace !== request.headers['x-vault-namespace']) return errors(403, 'permission denied');
    if (state.forbidden?.test(`${request.method} ${request.url}`)) return errors(403, '1 error occurred:\n\t* permission denied\n\n');
    const [, verb, name = '', config] = new RegExp(`^/v1/${mount}/([a-z]+)/([^/]+)(/config)?$`).exec(request.url ?? '') ?? [];
    const key = keys.get(name);
    switch (`${request.method} ${verb}${config ?? ''}`) {
      case 'POST keys':
        if (body['type'] !== 'aes256-gcm96') return errors(400, 'unknown key type');
        if (!key) keys.set(name, { value: randomBytes(32), deletionAllowed: false });
        return [200, { data: describe(name) }];
      case 'GET keys':
        return key ? [200, { data: describe(name) }] : errors(404);
      case 'POST keys/config':
        if (!key) return errors(400, `no existing key named ${name} could be found`);
        key.deletionAllowed = body['deletion_allowed'] === true;
        return [200, { data: describe(name) }];
      case 'DELETE keys':
        if (!key) return errors(400, `error deleting policy ${name}: could not delete key; not found`);
        if (!key.deletionAllowed) return errors(400, `error deleting policy ${name}: deletion is not allowed for this key`);
        keys.delete(name);
        return [204];
      case 'POST encrypt': {
        if (!key) return errors(400, 'encryption key not found');
        const nonce = randomBytes(12);
        const cipher = createCipheriv('aes-256-gcm', key.value, nonce);
        const sealed = Buffer.concat([nonce, cipher.update(String(body['plaintext']), 'base64'), cipher.final(), cipher.getAuthTag()]);
        return [200, { data: { ciphertext: `vault:v1:${sealed.toString('base64')}`, key_version: 1 } }];
      }
      case 'POST decrypt': {
        if (!key) return errors(400, 'encryption key not found');
        const sealed = Buffer.from(String(body['ciphertext']).replace('vault:v1:', ''), 'base64');
        try {
          const decipher = createDecipheriv('aes-256-gcm', key.value, sealed.subarray(0, 12));
          decipher.setAuthTag(sealed.subarray(-16));
          const plaintext = Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
          return [200, { data: { plaintext: plaintext.toString('base64') } }];
        } catch {
          return errors(400, 'cipher: message authentication failed');
        }
      }
      default:
        return errors(404, `no handler for route "${request.url}". route entry not found.`);
    }
  };
  const describe = (name: string) => ({ name, type: 'aes256-gcm96', deletion_allowed: keys.get(name)?.deletionAllowed, exportable: false });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(state, { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

async function bodyOf(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

function stream(response: ServerResponse): void {
  const more = () => {
    while (!response.destroyed && response.write(Buffer.alloc(16 << 10, 0x20)));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}
