/**
 * A gateway's end of the key service's socket. It can ask for what the interface names and for nothing else: there is no way from here to
 * the root, a shred key, a campaign secret, `store`, or a key that signs.
 *
 * Each question is a connection of its own, so that a key service that was started again is found with the next one.
 * @module
 */
import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { AnswerRequest, BegunHandover, CodeOrder, HandedCampaign, KeyService } from '@numbra/bank';
import { isNumbraError, isPhone, Sensitive } from '@numbra/core';
import { callAdmin } from '../admin/client.js';
import { fail } from '../errors.js';
import type { KeyOperation } from './schemas.js';
import type { GenerationTold, NumericTold } from './server.js';

export interface KeyClientOptions {
  /** For an answer; 5,000 ms by default. A page of a list and a ledger that is far behind take longest. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 5_000;

/** Codes of the socket that mean: no answer, whatever was asked. */
const NO_ANSWER: ReadonlySet<string> = new Set(['ERR_ADMIN_UNREACHABLE', 'ERR_ADMIN_INTERRUPTED', 'ERR_ADMIN_FAILED']);

/**
 * The key service behind a socket. Nothing is asked yet.
 *
 * @throws nothing; each question throws `ERR_KEY_SERVICE_UNREACHABLE` (503), `ERR_KEY_SERVICE_FOLDER`, or the service's own code
 */
export function connectKeys(path: string, { timeoutMs = TIMEOUT_MS }: KeyClientOptions = {}): KeyService {
  async function ask<T>(operation: KeyOperation, params: unknown = null): Promise<T> {
    try {
      await refuseImpostor(path);
      // A cast: the other side is the same release, and the socket is its owner's alone.
      return ((await callAdmin(path, operation, params, undefined, timeoutMs)) ?? undefined) as T;
    } catch (error) {
      if (isNumbraError(error) && NO_ANSWER.has(error.code)) throw fail('ERR_KEY_SERVICE_UNREACHABLE', {}, { cause: error });
      throw error;
    }
  }

  return {
    bankKey: async (name) => decode(await ask<string>('bank-key', { name })),
    async campaignKeys(campaign) {
      const told = await ask<(Omit<HandedCampaign, 'generations'> & { generations: GenerationTold[] }) | undefined>('campaign-keys', {
        campaign,
      });
      if (told === undefined) return undefined;
      const generations = told.generations.map(({ generation, tag, referenceKey, dialKey }) => ({
        generation,
        tag: decode(tag),
        referenceKey: decode(referenceKey),
        dialKey: decode(dialKey),
      }));
      return { ...told, generations };
    },
    async openNumeric(campaign, token) {
      const told = await ask<NumericTold | undefined>('open-numeric', { campaign, token });
      if (told === undefined || !isPhone(told.phone)) return undefined;
      return { ...told, phone: new Sensitive(told.phone) };
    },
    readList: ({ campaign, vendor, after, rows }) =>
      ask('read-list', { campaign, vendor, ...(after !== undefined && { after }), ...(rows !== undefined && { rows }) }),
    recordOutcome: ({ grant: { clientId, issuedAt, actor, campaign }, idempotencyKey, callId, outcome, note }) =>
      ask('record-outcome', {
        grant: { clientId, issuedAt, ...(actor !== undefined && { actor }), campaign },
        idempotencyKey,
        callId,
        outcome,
        note,
      }),
    ask: ({ grant, idempotencyKey, reference, question, issuer, requestId, denied = false }) =>
      ask('ask', { grant: factsOf(grant), idempotencyKey, reference, question, issuer, requestId, denied }),
    async beginHandover({ grant, idempotencyKey, reference, recipient, issuer, requestId, denied = false }, canSend) {
      const request = { grant: factsOf(grant), idempotencyKey, reference, recipient, issuer, requestId, denied };
      const told = await ask<BegunTold>('begin-handover', { request, canSend });
      if (told.code === undefined) return { answer: told.answer };
      if (!isPhone(told.code.number)) throw fail('ERR_KEY_SERVICE_UNREACHABLE');
      return { answer: told.answer, code: { ...told.code, number: new Sensitive(told.code.number) } };
    },
    confirmHandover: ({ grant, idempotencyKey, handoverId, code, issuer, requestId }) =>
      ask('confirm-handover', { grant: factsOf(grant), idempotencyKey, handoverId, code, issuer, requestId }),
    issue: (order) => ask('issue', order),
    exchange: ({ parent, ...order }) => {
      const { '~numbra': _brand, ...facts } = parent;
      return ask('exchange', { ...order, parent: facts });
    },
    statusList: (issuer, list) => ask('status-list', { issuer, list }),
    signIntrospection: (answer, to) => ask('sign-introspection', { answer, to }),
    takeDeliveries: (most) => ask('take-deliveries', { most }),
    sequence: () => ask('sequence'),
    assertCurrent: () => ask('assert-current'),
    counts: () => ask('counts'),
  };
}

/**
 * The other half of the peer check: a socket that somebody else could have put there is not asked. Its folder belongs to the socket's
 * owner or to root, and nobody else may write into it.
 *
 * @throws `ERR_KEY_SERVICE_FOLDER`, `ERR_KEY_SERVICE_UNREACHABLE`
 */
async function refuseImpostor(path: string): Promise<void> {
  let found: [Awaited<ReturnType<typeof lstat>>, Awaited<ReturnType<typeof lstat>>];
  try {
    found = await Promise.all([lstat(dirname(path)), lstat(path)]);
  } catch (cause) {
    throw fail('ERR_KEY_SERVICE_UNREACHABLE', {}, { cause });
  }
  const [folder, socket] = found;
  const others = (Number(folder.mode) & 0o022) !== 0 || (Number(socket.mode) & 0o002) !== 0;
  const foreign = folder.uid !== socket.uid && folder.uid !== 0;
  if (others || foreign || !folder.isDirectory() || !socket.isSocket()) throw fail('ERR_KEY_SERVICE_FOLDER');
}

/** A handover as it crosses the socket. */
interface BegunTold {
  readonly answer: BegunHandover['answer'];
  readonly code?: Omit<CodeOrder, 'number'> & { readonly number: string };
}

/** Of a grant, what the service needs and its schema takes. */
function factsOf({ clientId, issuedAt, actor, campaign }: AnswerRequest['grant']): AnswerRequest['grant'] {
  return { clientId, issuedAt, ...(actor !== undefined && { actor }), campaign };
}

const decode = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64url'));
