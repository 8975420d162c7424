/**
 * The side of a matching that learns which of its elements the other side's list holds, and nothing else of that list but its length.
 * See match.ts.
 * @module
 */
import { fail } from '../errors.js';
import { Sensitive } from '../sensitive.js';
import type { AnyGroup } from './group.js';
import {
  breathe,
  checkSize,
  infoOf,
  type MatchExchange,
  type MatchItems,
  type MatchTerms,
  merkleRoot,
  mostAsked,
  mostListed,
  randomOf,
  sha256,
  tagOf,
} from './match.js';
import {
  BATCH_ELEMENTS,
  BATCH_TAGS,
  COUNT_BYTES,
  ELEMENT_BYTES,
  kindOf,
  type MessageKind,
  PROOF_BYTES,
  partsOfMessage,
  pieces,
  RUN_BYTES,
  readCount,
  sizeOfBatch,
  TAG_BYTES,
  writeCount,
  writeMessage,
} from './match-messages.js';
import { createPoprf } from './oprf.js';

/** What follows: a message for the holder, or the end. */
export type MatchStep =
  | { readonly next: 'send'; readonly message: Uint8Array }
  /** Positions (0-based) of the own elements that both lists hold, rising. */
  | { readonly next: 'done'; readonly matches: readonly number[] };

export interface MatchLearner {
  /** Names the run, 22 characters of base64url. */
  readonly run: string;
  /** Elements of the own list. */
  readonly asked: number;
  /** Elements of the holder's list; 0 before it told. */
  readonly listed: number;
  /** Blinds the list and commits to it. Once. @throws `ERR_MATCH_ORDER` */
  start(): Promise<MatchStep>;
  /**
   * Takes the holder's answer to the message before. After a refusal everything secret is wiped and nothing was learned.
   *
   * @throws `ERR_MATCH_MESSAGE`, `ERR_MATCH_ORDER`, `ERR_MATCH_TERMS`, `ERR_MATCH_LIMIT`, `ERR_BLIND_PROOF`, `ERR_BLIND_ELEMENT`, `ERR_BLIND_KEY`
   */
  receive(answer: Uint8Array): Promise<MatchStep>;
  /** Wipes the blinds, and forgets both lists. */
  close(): void;
}

/**
 * Makes the learner of one run.
 *
 * @param items - the own list, such as `matchPhones` makes
 * @throws `ERR_MATCH_LIMIT`: it is empty, or longer than the terms allow
 */
export function createLearner(group: AnyGroup, items: MatchItems, terms: MatchTerms): MatchLearner {
  const asked = items.use(({ length }) => length);
  checkSize(asked, mostAsked(terms));
  const random = randomOf(terms);
  const run = Uint8Array.from(random(RUN_BYTES));
  const info = infoOf(terms, run);
  const poprf = createPoprf(group, info, { random });
  const batches = Math.ceil(asked / BATCH_ELEMENTS);

  let inputs = items;
  let blinds: Uint8Array[] = [];
  let elements: Uint8Array[] = [];
  let publicKey = new Uint8Array(0);
  let listed = 0;
  let tags = new Set<string>();
  let matches: number[] = [];
  let state: 'new' | 'open' | 'over' = 'new';
  let busy = false;
  /** The answer that is waited for, and its batch. */
  let expected: MessageKind = 'key';
  let batch = 0;

  function close(): void {
    state = 'over';
    for (const blind of blinds) blind.fill(0);
    [inputs, blinds, elements, tags, matches] = [new Sensitive([]), [], [], new Set(), []];
  }

  const send = (kind: MessageKind, ...parts: readonly Uint8Array[]): MatchStep => ({
    next: 'send',
    message: writeMessage(kind, run, ...parts),
  });
  const slice = <T>(of: readonly T[], size = BATCH_ELEMENTS): T[] => of.slice(batch * size, (batch + 1) * size);
  const sendElements = (): MatchStep => send('elements', writeCount(batch), ...slice(elements));

  async function begin(): Promise<MatchStep> {
    for (let i = 0; i < asked; i += BATCH_ELEMENTS) {
      const blinded = inputs.use((own) => poprf.blind(own.slice(i, i + BATCH_ELEMENTS)));
      blinds.push(...blinded.blinds);
      elements.push(...blinded.elements);
      await breathe();
      if (state !== 'open') throw fail('ERR_MATCH_ORDER');
    }
    return send('commit', writeCount(asked), merkleRoot(elements), sha256(info));
  }

  /** The parts of a batch's answer behind its number. */
  function partsOfBatch(answer: Uint8Array, ...lengths: readonly number[]): Uint8Array[] {
    const [number, ...rest] = partsOfMessage(answer, run, [COUNT_BYTES, ...lengths]) as [Uint8Array, ...Uint8Array[]];
    if (readCount(number) !== batch) throw fail('ERR_MATCH_ORDER');
    return rest;
  }

  /** The next batch of this step, or the first one of the next. */
  function advance(count: number, again: () => MatchStep, then: () => MatchStep, thenExpected: MessageKind): MatchStep {
    batch += 1;
    if (batch < count) return again();
    batch = 0;
    expected = thenExpected;
    return then();
  }

  function step(answer: Uint8Array): MatchStep {
    if (kindOf(answer) !== expected) throw fail('ERR_MATCH_ORDER');
    const askList = (): MatchStep => send('list', writeCount(batch));
    const askEvaluation = (): MatchStep => send('evaluate', writeCount(batch));
    switch (expected) {
      case 'key': {
        const [count, key] = partsOfMessage(answer, run, [COUNT_BYTES, ELEMENT_BYTES]) as [Uint8Array, Uint8Array];
        listed = readCount(count);
        checkSize(listed, mostListed(terms));
        publicKey = Uint8Array.from(key);
        expected = 'received';
        return sendElements();
      }
      case 'received':
        partsOfBatch(answer);
        return advance(batches, sendElements, askList, 'tags');
      case 'tags': {
        const [sent] = partsOfBatch(answer, sizeOfBatch(batch, listed, BATCH_TAGS) * TAG_BYTES) as [Uint8Array];
        for (const tag of pieces(sent, TAG_BYTES)) tags.add(keyOf(tag));
        return advance(Math.ceil(listed / BATCH_TAGS), askList, askEvaluation, 'evaluated');
      }
      default: {
        const size = sizeOfBatch(batch, asked, BATCH_ELEMENTS);
        const [sent, proof] = partsOfBatch(answer, size * ELEMENT_BYTES, PROOF_BYTES) as [Uint8Array, Uint8Array];
        const outputs = inputs.use((own) =>
          poprf.finalize({
            publicKey,
            inputs: slice(own),
            blinded: { blinds: slice(blinds), elements: slice(elements) },
            evaluated: { elements: pieces(sent, ELEMENT_BYTES), proof },
          }),
        );
        for (const [i, output] of outputs.entries()) if (tags.has(keyOf(tagOf(output)))) matches.push(batch * BATCH_ELEMENTS + i);
        return advance(batches, askEvaluation, finish, 'evaluated');
      }
    }
  }

  function finish(): MatchStep {
    const found = matches;
    close();
    return { next: 'done', matches: found };
  }

  async function guarded(from: typeof state, work: () => MatchStep | Promise<MatchStep>): Promise<MatchStep> {
    if (busy || state !== from) {
      close();
      throw fail('ERR_MATCH_ORDER');
    }
    state = 'open';
    busy = true;
    try {
      return await work();
    } catch (error) {
      close();
      throw error;
    } finally {
      busy = false;
    }
  }

  return {
    run: Buffer.from(run).toString('base64url'),
    asked,
    get listed() {
      return listed;
    },
    start: () => guarded('new', begin),
    receive: (answer) => guarded('open', () => step(answer)),
    close,
  };
}

/**
 * Carries a run through.
 *
 * @returns positions (0-based) of the learner's elements that both lists hold, rising
 * @throws what the exchange throws, and as `receive`; the learner is closed in every case
 */
export async function learn(learner: MatchLearner, exchange: MatchExchange): Promise<readonly number[]> {
  try {
    let step = await learner.start();
    while (step.next === 'send') step = await learner.receive(await exchange(step.message));
    return step.matches;
  } finally {
    learner.close();
  }
}

const keyOf = (tag: Uint8Array): string => Buffer.from(tag).toString('latin1');
