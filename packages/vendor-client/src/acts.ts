/**
 * Questions and handovers: what a vendor gets to know instead of data, and what goes past it to somebody else.
 * @module
 */
import {
  type AskResult,
  type BeginResult,
  type ConfirmResult,
  type HandoverStatus,
  judgeAsk,
  judgeBegin,
  judgeConfirm,
  judgeHandover,
  judgeKeys,
} from './act-answers.js';
import { VendorClientError } from './errors.js';
import type { Endpoints } from './metadata.js';
import { type Call, type CallOptions, check, isText, json, type WriteOptions } from './request.js';
import { settle, type Transport } from './transport.js';
import { type AnswerKey, answerKid, type BankKeys, verifyAnswer } from './verify-answer.js';

export interface Acts {
  readonly answers: {
    /**
     * Asks a question of the bank's policy about a reference, and verifies what the bank says. The first answer is repeated for 90 days.
     *
     * @throws `ERR_CLIENT_SIGNED_ANSWER`: what came is not the bank's, and as `calls.place`
     */
    ask(reference: string, question: string, options: WriteOptions): Promise<AskResult>;
  };
  readonly handovers: {
    /**
     * Begins to hand a customer over to a recipient: the bank asks the customer by a code, or holds the consent already. A new one, with a key
     * of its own, sends another code and takes the place of the first.
     *
     * @throws as `calls.place`
     */
    begin(reference: string, recipient: string, options: WriteOptions): Promise<BeginResult>;
    /** Relays the code as the customer read it out: six digits. @throws as `get` */
    confirm(handoverId: string, code: string, options: WriteOptions): Promise<ConfirmResult>;
    /** Looks a handover up. @throws `ERR_CLIENT_NOT_FOUND`, and as `calls.place` */
    get(handoverId: string, options?: CallOptions): Promise<HandoverStatus>;
  };
}

interface Surroundings {
  readonly issuer: string;
  readonly clientId: string;
  readonly answerKeys?: readonly AnswerKey[];
  readonly clock?: () => number;
  readonly transport: Transport;
  readonly endpoints: () => Promise<Endpoints>;
}

const PATH = '/v1/handovers';

export function actsOver(call: Call, surroundings: Surroundings): Acts {
  const { issuer, clientId: asker, answerKeys = [], clock = Date.now, transport, endpoints } = surroundings;
  let known: BankKeys = { keys: [] };

  /** The bank's keys, asked for again when it signs with one that is not among them. */
  async function keysFor(kid: string | undefined, signal: AbortSignal | undefined): Promise<BankKeys> {
    if (known.keys.some((key) => key.kid === kid)) return known;
    const { jwksUri } = await endpoints();
    if (jwksUri === undefined) throw new VendorClientError('ERR_CLIENT_METADATA');
    const request = { method: 'GET', url: jwksUri, headers: { accept: 'application/json' } } as const;
    known = await settle(transport, async () => request, judgeKeys, { signal });
    return known;
  }

  return {
    answers: {
      async ask(reference, question, { idempotencyKey, ...rest }) {
        check(isText(reference), 'reference');
        check(isText(question), 'question');
        const order = json({ reference, question }, idempotencyKey);
        const told = await call({ method: 'POST', path: '/v1/answers', ...order }, judgeAsk, rest, { action: 'answer' });
        if (told.outcome === 'refused') return told;
        const kid = answerKid(told.token);
        const shared = answerKeys.filter((key) => key.kid === kid);
        const keys = shared.length > 0 ? shared : await keysFor(kid, rest.signal);
        const verified = await verifyAnswer(told.token, { issuer, asker, keys, now: clock() });
        if (verified.reference !== reference || verified.question !== question || verified.answer !== told.answer)
          throw new VendorClientError('ERR_CLIENT_SIGNED_ANSWER');
        return { ...told, outcome: 'answered', expiresAt: verified.expiresAt };
      },
    },
    handovers: {
      async begin(reference, recipient, { idempotencyKey, ...rest }) {
        check(isText(reference), 'reference');
        check(isText(recipient), 'recipient');
        const order = json({ reference, recipient }, idempotencyKey);
        return call({ method: 'POST', path: PATH, ...order }, judgeBegin, rest, { action: 'handover' });
      },
      async confirm(handoverId, code, { idempotencyKey, ...rest }) {
        check(typeof code === 'string' && /^[0-9]{6}$/.test(code), 'code');
        const order = json({ code }, idempotencyKey);
        return call({ method: 'POST', path: `${pathOf(handoverId)}/confirmation`, ...order }, judgeConfirm, rest, { action: 'handover' });
      },
      async get(handoverId, rest = {}) {
        return call({ method: 'GET', path: pathOf(handoverId) }, judgeHandover, rest, { action: 'handover' });
      },
    },
  };
}

function pathOf(handoverId: string): string {
  check(isText(handoverId) && /^[A-Za-z0-9_-]{1,128}$/.test(handoverId), 'handoverId');
  return `${PATH}/${handoverId}`;
}
