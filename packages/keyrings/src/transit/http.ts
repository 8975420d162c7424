/**
 * One request to a Vault or OpenBao server, and the judgement of its answer. Redirects are not followed (the token would go with
 * them), answers are cut off at a size and a time, and no text of the server's reaches an error's message.
 * @module
 * @see https://openbao.org/api-docs/
 */
import type { Sensitive } from '@numbra/core';
import { fail } from '../errors.js';
import { kmsError } from './kms.js';

export interface ServerSettings {
  /** The server's URL, such as https://vault.bank.example:8200. Plain http only for 127.0.0.1, [::1] and localhost. */
  readonly address: string;
  /** The token, or a function that gives the one of the moment: asked before every request. */
  readonly token: Sensitive<string> | (() => Sensitive<string> | Promise<Sensitive<string>>);
  /** Vault Enterprise and OpenBao: the namespace. */
  readonly namespace?: string;
  /** How long one request may take, answer included. Default 10,000. */
  readonly timeoutMs?: number;
}

export interface Answer {
  readonly status: number;
  /** The JSON it holds; undefined when the answer is empty. */
  readonly body: unknown;
}

/** What an answer's status means. A pure function: `bad-request` is for the caller to look into. */
export type Verdict = 'done' | 'bad-request' | 'missing' | 'refused' | 'unavailable' | 'unexpected';

const DEFAULT_TIMEOUT_MS = 10_000;
const LARGEST_ANSWER_BYTES = 64 << 10;
const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost']);

/**
 * @see https://developer.hashicorp.com/vault/api-docs#http-status-codes
 */
export function judge(status: number): Verdict {
  if (status >= 200 && status < 300) return 'done';
  if (status === 400) return 'bad-request';
  if (status === 401 || status === 403) return 'refused';
  if (status === 404) return 'missing';
  // 412 asks to try again, 429 is a rate limit or a standby, 472 and 473 are standbys that answer nothing, 503 is sealed.
  if (status >= 500 || [408, 412, 429, 472, 473].includes(status)) return 'unavailable';
  return 'unexpected';
}

/**
 * @returns a function that sends one request; `path` is below `/v1/` and made of names that were checked
 * @throws `ERR_KEYRING_KMS_ADDRESS`
 */
export function createSender(settings: ServerSettings): (method: string, path: string, body?: unknown) => Promise<Answer> {
  const base = parseAddress(settings.address);
  const { timeoutMs = DEFAULT_TIMEOUT_MS, token, namespace } = settings;
  return async (method, path, body) => {
    const current = typeof token === 'function' ? await token() : token;
    const headers: Record<string, string> = {
      accept: 'application/json',
      'x-vault-request': 'true',
      'x-vault-token': current.use((text) => text),
      ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    let response: Response;
    let text: string | undefined;
    try {
      response = await fetch(`${base}/v1/${path}`, {
        method,
        headers,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      text = await readText(response);
    } catch (cause) {
      throw kmsError('ERR_KEYRING_KMS_UNAVAILABLE', cause);
    }
    if (text === undefined) throw kmsError('ERR_KEYRING_KMS_ANSWER');
    return { status: response.status, body: judge(response.status) === 'done' ? parseBody(text) : undefined };
  };
}

/** The text of an answer, or undefined when it is longer than any answer that is meant for us. */
async function readText(response: Response): Promise<string | undefined> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    // Leaving the loop cancels the stream.
    if (length > LARGEST_ANSWER_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseBody(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message would quote the text, which may be a plaintext.
    throw kmsError('ERR_KEYRING_KMS_ANSWER');
  }
}

function parseAddress(address: string): string {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    throw fail('ERR_KEYRING_KMS_ADDRESS');
  }
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname));
  if (!isSafe || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') throw fail('ERR_KEYRING_KMS_ADDRESS');
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}
