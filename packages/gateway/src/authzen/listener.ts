/**
 * Evaluations for the bank's own systems: a listener of its own on loopback, never the public address, since its answers name the exact
 * rule. Who may ask is who is on this machine; a system elsewhere comes through something that knows who it is.
 *
 * ```
 * POST /access/v1/evaluation     application/json     {"decision":true,"context":{…}}
 * POST /access/v1/evaluations                         {"evaluations":[…]}
 * ```
 * @see https://openid.net/specs/authorization-api-1_0.html
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Bank } from '@numbra/bank';
import { isNumbraError } from '@numbra/core';
import { type LoopbackAddress, type LoopbackListener, listenOnLoopback, send } from '../http/loopback.js';

export type EvaluationsAddress = LoopbackAddress;

const PATHS: ReadonlySet<string> = new Set(['/access/v1/evaluation', '/access/v1/evaluations']);
const BODY_LIMIT_BYTES = 256 << 10;

/** @throws `ERR_EVALUATIONS_ADDRESS`, `ERR_GATEWAY_PORT_BUSY` */
export function listenEvaluations(
  address: EvaluationsAddress,
  bank: Pick<Bank, 'evaluations'>,
  onError: (error: unknown) => void,
): Promise<LoopbackListener> {
  return listenOnLoopback(address, 'ERR_EVALUATIONS_ADDRESS', (request, response) => {
    answer(request, response, bank).catch((error: unknown) => {
      onError(error);
      // No answer is no: who asks must take anything but 200 as a refusal.
      if (response.headersSent) response.end();
      else send(response, 503);
    });
  });
}

async function answer(request: IncomingMessage, response: ServerResponse, bank: Pick<Bank, 'evaluations'>): Promise<void> {
  const id = request.headers['x-request-id'];
  if (typeof id === 'string' && /^[\x21-\x7e]{1,128}$/.test(id)) response.setHeader('x-request-id', id);
  if (request.method !== 'POST' || !PATHS.has(request.url ?? '')) return send(response, 404);
  // Nor must a page in a browser ask with a form's media type.
  if (!/^application\/json(?:;\s*charset=utf-8)?$/i.test(request.headers['content-type'] ?? '')) return send(response, 415);
  const text = await readBody(request);
  if (text === undefined) return send(response, 413);
  try {
    const answered = await bank.evaluations.answer(JSON.parse(text), { audience: 'bank' });
    send(response, 200, JSON.stringify(answered), 'application/json');
  } catch (error) {
    const malformed = error instanceof SyntaxError || (isNumbraError(error) && error.code === 'ERR_AUTHZEN_MALFORMED');
    if (!malformed) throw error;
    send(response, 400);
  }
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_LIMIT_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
