/**
 * Who may ask: software on this machine that knows the secret. A web page in a browser on this machine can reach loopback too,
 * by a form (CSRF) or by a name that it lets point here (DNS rebinding); both show in headers that pages cannot forge.
 * @module
 */
import { hash, timingSafeEqual } from 'node:crypto';
import type { ProblemCode } from './problems.js';

export interface Door {
  /** Accepted `Host` headers; without them any is (a Unix socket has no name, and no page reaches one). */
  readonly hosts?: readonly string[];
  /** What `Authorization: Bearer` must hold; without it the socket's permissions decide. */
  readonly secret?: string;
}

/** Of `IncomingMessage.headersDistinct`: all values of each header. */
export type DistinctHeaders = Readonly<Record<string, readonly string[] | undefined>>;

/** Every browser sends one of these with a request that a page makes. Other clients do not. */
const MARKS_OF_BROWSERS = ['origin', 'sec-fetch-site'];

/** @returns why not; `undefined`: come in */
export function refuseAtDoor({ hosts, secret }: Door, headers: DistinctHeaders): ProblemCode | undefined {
  const { host = [], authorization = [] } = headers;
  if (MARKS_OF_BROWSERS.some((mark) => headers[mark] !== undefined)) return 'desk-browser-refused';
  if (hosts !== undefined && !(host.length === 1 && hosts.includes(host[0]?.toLowerCase() ?? ''))) return 'desk-browser-refused';
  if (secret === undefined) return undefined;
  const [, shown] = (authorization.length === 1 && /^Bearer ([\x21-\x7e]+)$/i.exec(authorization[0] ?? '')) || [];
  return shown !== undefined && isEqual(shown, secret) ? undefined : 'desk-secret-wrong';
}

/** What a program that listens on loopback is called. */
export function hostsAt(port: number): string[] {
  return ['127.0.0.1', 'localhost'].flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`]));
}

/** By digests, which are equally long, in time that does not depend on where they differ. */
function isEqual(a: string, b: string): boolean {
  return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'));
}
