/**
 * The egress guard at the gateway's door: every answer of every route, headers and body, is looked through when it is complete, after the
 * route and before the socket. What holds a raw phone, card or ID number does not leave: the client gets the problem `internal`, the
 * log the kind and the place.
 *
 * Nothing here should ever happen: what answers are made of is masked, sealed or drawn long before. This is for the day when it is not.
 * @module
 */
import { pipeline, type Readable, Transform } from 'node:stream';
import { scanText } from '@numbra/core/guard';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { setCommonHeaders } from '../problems/handlers.js';
import { PROBLEM_MEDIA_TYPE, problemOf } from '../problems/problem.js';
import { type Bound, findRaw, type Raw } from './find-raw.js';

/**
 * Looks through the answers of all routes that are added afterwards, in this scope and below.
 *
 * @param onHeld - told of each answer that was held back
 */
export function useEgressGuard(app: FastifyInstance, onHeld: () => void = () => {}): void {
  const tell = (log: FastifyBaseLogger, found: readonly Raw[]): void => {
    log.error({ found }, 'alert: the egress guard held an answer back');
    onHeld();
  };
  app.addHook('onSend', async (request, reply, payload) => {
    const found = [...findInHeaders(reply.getHeaders()), ...findInBody(payload)];
    if (found.length > 0) {
      tell(request.log, found);
      return refuse(request, reply, payload);
    }
    return isStream(payload) ? guarded(payload, (inside) => tell(request.log, inside)) : payload;
  });
}

/** Headers that are counts and seconds throughout, by their whole form: two numbers beside each other read as a card now and then. */
const COUNTS: Readonly<Record<string, RegExp>> = {
  ratelimit: /^"[a-z-]{1,16}";r=[0-9]{1,10};t=[0-9]{1,10}$/,
  'ratelimit-policy': /^"[a-z-]{1,16}";q=[0-9]{1,10};w=[0-9]{1,10}$/,
};

/** All headers in one look, since each look costs more than what a header holds; their names keep them apart. */
function findInHeaders(headers: Readonly<Record<string, unknown>>): Raw[] {
  const texts = Object.entries(headers)
    .map(([name, value]): Bound & { readonly name: string } => ({ name, place: `header ${name}`, text: [value].flat().join('\n') }))
    .filter(({ name, text }) => COUNTS[name]?.test(text) !== true);
  const head = texts.map(({ place, text }) => `${place}: ${text}`).join('\n');
  return scanText(head).length === 0 ? [] : findRaw(texts);
}

function findInBody(payload: unknown): Raw[] {
  if (typeof payload === 'string') return findRaw([{ place: 'body', text: payload }]);
  return payload instanceof Uint8Array ? findRaw([{ place: 'body', text: textOf(payload) }]) : [];
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
/** In hashes, neither happens by chance: 24 characters in a row, or eleven digits. */
const LEGIBLE = /[\x20-\x7e]{24,}|[0-9]{11,}/g;

/** Bytes as text; of hashes and other bytes that are none, what can be read in them. */
function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return (Buffer.from(bytes).toString('latin1').match(LEGIBLE) ?? []).join('\n');
  }
}

/** Answers with a problem whose bytes are fixed, and nothing that stood in the answer. */
function refuse(request: FastifyRequest, reply: FastifyReply, payload: unknown): string {
  if (isStream(payload)) payload.destroy();
  for (const name of Object.keys(reply.getHeaders())) reply.removeHeader(name);
  setCommonHeaders(request, reply);
  const { status, body } = problemOf('internal');
  reply.code(status).header('content-type', PROBLEM_MEDIA_TYPE);
  return body;
}

/** As much of what was sent before is looked through again: a number may be cut by a chunk's end. */
const CARRIED_CHARACTERS = 256;

/** Passes on what may leave; breaks off at what may not. */
function guarded(source: Readable, tell: (found: readonly Raw[]) => void): Readable {
  let sent = '';
  const guard = new Transform({
    writableObjectMode: source.readableObjectMode,
    decodeStrings: false,
    transform(chunk: string | Uint8Array, _encoding, done) {
      const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
      const found = findRaw([{ place: 'body', text: sent + text }]);
      if (found.length > 0) {
        tell(found);
        return done(new RawValueError());
      }
      // Not from the middle of a word: half of a token is none of ours by its form.
      sent = (sent + text).slice(-CARRIED_CHARACTERS).replace(/^[A-Za-z0-9+/_=-]+/, '');
      done(null, chunk);
    },
  });
  pipeline(source, guard, () => {}); // whichever ends first ends the other
  return guard;
}

/** Ends a stream. Becomes the problem `internal` where nothing was sent yet. */
class RawValueError extends Error {
  constructor() {
    super('a raw identifier');
    this.name = 'RawValueError';
  }
}

function isStream(payload: unknown): payload is Readable {
  return typeof payload === 'object' && payload !== null && typeof (payload as Partial<Readable>).pipe === 'function';
}
