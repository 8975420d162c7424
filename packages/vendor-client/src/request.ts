/**
 * What a request to the resolver is made of, and the checks of what a caller passes.
 * @module
 */
import { VendorClientError } from './errors.js';
import type { Judge, Outgoing, Transport } from './transport.js';

export interface CallOptions {
  readonly campaign?: string;
  readonly signal?: AbortSignal;
}

export interface WriteOptions extends CallOptions {
  /** One for each write: the same key does it once. 1 to 255 visible ASCII characters. */
  readonly idempotencyKey: string;
}

/** What a grant allows. */
export type Action = 'dial' | 'list' | 'answer' | 'handover';

/** Sends one request to the resolver under a grant for the action; calls by default. */
export type Call = <T>(
  request: RequestOf,
  judge: Judge<T>,
  options: CallOptions,
  how?: Partial<Transport> & { readonly action?: Action },
) => Promise<T>;

export interface RequestOf {
  readonly method: Outgoing['method'];
  readonly path: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export function keyed(idempotencyKey: string): Record<string, string> {
  check(isText(idempotencyKey) && /^[\x21-\x7e]{1,255}$/.test(idempotencyKey), 'idempotencyKey');
  return { 'idempotency-key': idempotencyKey };
}

export function json(body: object, idempotencyKey: string): { readonly headers: Record<string, string>; readonly body: string } {
  return { headers: { 'content-type': 'application/json', ...keyed(idempotencyKey) }, body: JSON.stringify(body) };
}

export function check(holds: boolean, field: string): asserts holds {
  if (!holds) throw new VendorClientError('ERR_CLIENT_OPTION', { field });
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
