/**
 * Request bodies: JSON and forms, in UTF-8 only, and nothing else. Fastify's own JSON parser replaces invalid UTF-8, so two
 * different bodies would be one.
 * @module
 */
import type { FastifyInstance } from 'fastify';
import { ProblemError } from '../problems/handlers.js';

export const JSON_BODY_LIMIT_BYTES = 16 << 10;
export const FORM_BODY_LIMIT_BYTES = 64 << 10;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Takes JSON and nothing else, in this scope of the application. */
export function useJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const options = { parseAs: 'buffer', bodyLimit: JSON_BODY_LIMIT_BYTES } as const;
  app.addContentTypeParser('application/json', options, async (_request: unknown, body: Buffer) => parseJson(body));
}

/** Takes forms and nothing else, in this scope of the application. */
export function useFormBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const options = { parseAs: 'buffer', bodyLimit: FORM_BODY_LIMIT_BYTES } as const;
  app.addContentTypeParser('application/x-www-form-urlencoded', options, async (_request: unknown, body: Buffer) => parseForm(body));
}

/** @throws the problem `request-malformed` */
function parseJson(bytes: Uint8Array): unknown {
  try {
    // A key such as `__proto__` becomes an own member here, and the schema refuses it as unknown.
    return JSON.parse(utf8.decode(bytes));
  } catch {
    throw new ProblemError('request-malformed');
  }
}

/**
 * Reads a form into an object without a prototype.
 *
 * @throws the problem `request-malformed`: a parameter twice (RFC 6749 § 3.2), or not UTF-8
 */
export function parseForm(bytes: Uint8Array): Readonly<Record<string, string>> {
  const form: Record<string, string> = Object.create(null);
  for (const pair of decoded(bytes).split('&')) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    const name = component(at < 0 ? pair : pair.slice(0, at));
    if (name in form) throw new ProblemError('request-malformed');
    form[name] = at < 0 ? '' : component(pair.slice(at + 1));
  }
  return form;
}

function decoded(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new ProblemError('request-malformed');
  }
}

function component(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' ')); // throws on escapes that are not UTF-8; URLSearchParams replaces them
  } catch {
    throw new ProblemError('request-malformed');
  }
}
