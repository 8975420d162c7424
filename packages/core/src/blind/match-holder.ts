/**
 * The side of a matching that holds the key and learns nothing but how many elements the other side asked for. See match.ts.
 * @module
 */
import { fail } from '../errors.js';
import { Sensitive } from '../sensitive.js';
import type { AnyGroup } from './group.js';
import {
  breathe,
  checkSize,
  infoOf,
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
  HASH_BYTES,
  kindOf,
  type MessageKind,
  partsOfMessage,
  pieces,
  readCount,
  runOf,
  sameBytes,
  sizeOfBatch,
  writeCount,
  writeMessage,
} from './match-messages.js';
import type { BlindKey } from './modes.js';
import { createPoprf, type VerifiableOprf } from './oprf.js';

export interface MatchHolder {
  /**
   * Answers one message of the learner. After the last one the key is gone; after a refusal, too.
   *
   * @throws `ERR_MATCH_MESSAGE`, `ERR_MATCH_ORDER`, `ERR_MATCH_TERMS`, `ERR_MATCH_LIMIT`, `ERR_MATCH_COMMITMENT`, `ERR_BLIND_ELEMENT`
   */
  answer(message: Uint8Array): Promise<Uint8Array>;
  /** `done`: everything was answered. `over`: refused or closed before that. */
  readonly state: 'open' | 'done' | 'over';
  /** Elements that the learner committed to; 0 before that. */
  readonly asked: number;
  /** Elements of the own list, each counted once. */
  readonly listed: number;
  /** Wipes the key: for when the learner goes away. */
  close(): void;
}

interface Run {
  readonly run: Uint8Array;
  readonly root: Uint8Array;
  readonly asked: number;
  readonly poprf: VerifiableOprf;
  readonly key: BlindKey;
  readonly elements: Uint8Array[];
}

/**
 * Makes the holder of one run.
 *
 * @param items - the own list, such as `matchPhones` makes; an element that stands twice is counted once
 * @throws `ERR_MATCH_LIMIT`: it is empty, or longer than the terms allow
 */
export function createHolder(group: AnyGroup, items: MatchItems, terms: MatchTerms): MatchHolder {
  const random = randomOf(terms);
  const list = items.use((own) => new Sensitive(shuffled(distinct(own), random)));
  const listed = list.use(({ length }) => length);
  checkSize(listed, mostListed(terms));
  const tagBatches = Math.ceil(listed / BATCH_TAGS);
  let state: MatchHolder['state'] = 'open';
  let busy = false;
  let current: Run | undefined;
  /** What may come next, and of which batch. */
  let expected: MessageKind = 'commit';
  let batch = 0;

  function close(): void {
    if (state === 'open') state = 'over';
    current?.key.secretKey.fill(0);
  }

  /** One batch is through: the next one, or the next step. */
  function advance(batches: number, next: MessageKind | 'end'): void {
    batch += 1;
    if (batch < batches) return;
    batch = 0;
    if (next !== 'end') expected = next;
    else {
      state = 'done';
      close();
    }
  }

  function begin(message: Uint8Array): Uint8Array {
    const [count, root, terms32] = partsOfMessage(message, undefined, [COUNT_BYTES, HASH_BYTES, HASH_BYTES]) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const run = runOf(message);
    const info = infoOf(terms, run);
    if (!sameBytes(terms32, sha256(info))) throw fail('ERR_MATCH_TERMS');
    const asked = readCount(count);
    checkSize(asked, mostAsked(terms));
    const poprf = createPoprf(group, info, { random });
    current = { run, root, asked, poprf, key: poprf.generateKey(), elements: [] };
    expected = 'elements';
    return writeMessage('key', run, writeCount(listed), current.key.publicKey);
  }

  async function step(message: Uint8Array): Promise<Uint8Array> {
    const kind = kindOf(message);
    if (kind !== expected) throw fail('ERR_MATCH_ORDER');
    if (kind === 'commit') return begin(message);
    const { run, root, asked, poprf, key, elements } = current as Run;
    const size = sizeOfBatch(batch, asked, BATCH_ELEMENTS);
    const batches = Math.ceil(asked / BATCH_ELEMENTS);
    const lengths = kind === 'elements' ? [COUNT_BYTES, size * ELEMENT_BYTES] : [COUNT_BYTES];
    const [number, sent] = partsOfMessage(message, run, lengths) as [Uint8Array, Uint8Array];
    if (readCount(number) !== batch) throw fail('ERR_MATCH_ORDER');
    switch (kind) {
      case 'elements':
        elements.push(...pieces(sent, ELEMENT_BYTES));
        if (elements.length === asked && !sameBytes(merkleRoot(elements), root)) throw fail('ERR_MATCH_COMMITMENT');
        advance(batches, 'list');
        return writeMessage('received', run, number);
      case 'list': {
        const tags: Uint8Array[] = [];
        const end = Math.min(listed, (batch + 1) * BATCH_TAGS);
        for (let at = batch * BATCH_TAGS; at < end; at += BATCH_ELEMENTS) {
          const outputs = list.use((own) => poprf.outputs(key.secretKey, own.slice(at, Math.min(end, at + BATCH_ELEMENTS))));
          tags.push(...outputs.map(tagOf));
          await breathe();
          if (state !== 'open') throw fail('ERR_MATCH_ORDER');
        }
        advance(tagBatches, 'evaluate');
        return writeMessage('tags', run, number, ...tags);
      }
      case 'evaluate': {
        const from = batch * BATCH_ELEMENTS;
        const evaluated = poprf.evaluate(key.secretKey, elements.slice(from, from + size));
        advance(batches, 'end');
        return writeMessage('evaluated', run, number, ...evaluated.elements, evaluated.proof);
      }
      default:
        throw fail('ERR_MATCH_ORDER');
    }
  }

  return {
    get state() {
      return state;
    },
    get asked() {
      return current?.asked ?? 0;
    },
    listed,
    async answer(message) {
      if (busy || state !== 'open') {
        // Two at once, or after the end: nothing that a correct learner does.
        close();
        throw fail('ERR_MATCH_ORDER');
      }
      busy = true;
      try {
        return await step(message);
      } catch (error) {
        close();
        throw error;
      } finally {
        busy = false;
      }
    },
    close,
  };
}

/** Each element once: how often one stands in the list is nobody's to see. */
function distinct(items: readonly Uint8Array[]): Uint8Array[] {
  return [...new Map(items.map((item) => [Buffer.from(item).toString('latin1'), item])).values()];
}

/** In an order that tells nothing of the one before: Fisher and Yates, without the bias of a plain remainder. */
function shuffled<T>(items: T[], random: (bytes: number) => Uint8Array): T[] {
  const range = 2 ** 32;
  for (let i = items.length - 1; i > 0; i--) {
    const fair = range - (range % (i + 1));
    let drawn: number;
    do drawn = readCount(random(COUNT_BYTES));
    while (drawn >= fair);
    const j = drawn % (i + 1);
    [items[i], items[j]] = [items[j] as T, items[i] as T];
  }
  return items;
}
