/**
 * The side of a blind matching that holds the key: the vendor, where the bank learns which of its customers stand on the vendor's list.
 * It learns how many elements the bank asked for, and nothing else.
 *
 * The bank's blinded elements must be the ones that it committed to before it saw anything; the vendor's own list goes out as 16 bytes
 * of a keyed function each, in random order; the key is drawn for one run and wiped after it.
 *
 * By the POPRF of RFC 9497 over ristretto255, from @noble/curves: about 600 phones a second for each list. The key lies in big integers of
 * the engine while it works, which nobody can wipe; what is kept here is.
 * @module
 * @see https://www.rfc-editor.org/rfc/rfc9497
 */
import { ristretto255_oprf } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { VendorClientError } from '../errors.js';
import {
  BATCH_ELEMENTS,
  BATCH_TAGS,
  cut,
  ELEMENT_BYTES,
  HASH_BYTES,
  KIND,
  type Kind,
  merkleRoot,
  NUMBER_BYTES,
  number,
  numberOf,
  read,
  runOf,
  same,
  sizeOf,
  TAG_BYTES,
  write,
} from './messages.js';
import { breathe, checkOptions, checkSize, guarded, type MatchOptions } from './terms.js';

export interface MatchHolder {
  /**
   * Answers one message of the bank. After the last one the key is gone; after a refusal, too.
   *
   * @throws `ERR_CLIENT_MATCH_MESSAGE`, `ERR_CLIENT_MATCH_TERMS`, `ERR_CLIENT_MATCH_LIMIT`
   */
  answer(message: Uint8Array): Promise<Uint8Array>;
  /** `done`: everything was answered. `over`: refused or closed before that. */
  readonly state: 'open' | 'done' | 'over';
  /** Phones of the own list, each counted once. */
  readonly listed: number;
  /** Phones that the bank asks for; 0 before it told. */
  readonly asked: number;
  /** Wipes the key: for when the bank goes away. */
  close(): void;
}

/** What is used of POPRF under one info. */
interface Poprf {
  evaluate(secretKey: Uint8Array, input: Uint8Array): Uint8Array;
  blindEvaluateBatch(secretKey: Uint8Array, blinded: Uint8Array[]): { readonly evaluated: Uint8Array[]; readonly proof: Uint8Array };
}

/**
 * Makes the holder of one run.
 *
 * @throws `ERR_CLIENT_OPTION` with the field, `ERR_CLIENT_MATCH_LIMIT`: no phones, or more than a million
 */
export function createMatchHolder(options: MatchOptions): MatchHolder {
  const { items, mostOfOther, random, info } = checkOptions({ ...options, phones: [...new Set(options.phones)] });
  const list = shuffled([...items], random);
  const elements: Uint8Array[] = [];
  let state: MatchHolder['state'] = 'open';
  let busy = false;
  let expected: Kind = KIND.commit;
  let batch = 0;
  let asked = 0;
  let run: Uint8Array = new Uint8Array(0);
  let root: Uint8Array = new Uint8Array(0);
  let poprf: Poprf | undefined;
  let secretKey: Uint8Array = new Uint8Array(0);

  function close(): void {
    if (state === 'open') state = 'over';
    secretKey.fill(0);
  }

  function begin(message: Uint8Array): Uint8Array {
    const [count, committed, terms] = read(message, KIND.commit, undefined, [NUMBER_BYTES, HASH_BYTES, HASH_BYTES]) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const text = info(runOf(message));
    if (!same(terms, sha256(text))) throw new VendorClientError('ERR_CLIENT_MATCH_TERMS');
    checkSize(numberOf(count), mostOfOther);
    asked = numberOf(count);
    run = runOf(message);
    root = committed;
    const bound = ristretto255_oprf.poprf(text);
    poprf = bound;
    const key = bound.generateKeyPair();
    secretKey = key.secretKey;
    expected = KIND.elements;
    return write(KIND.key, run, number(list.length), key.publicKey);
  }

  /** What follows when `batches` of this step are through. */
  function advance(batches: number, next: Kind | undefined): void {
    batch += 1;
    if (batch < batches) return;
    batch = 0;
    if (next !== undefined) expected = next;
    else {
      state = 'done';
      close();
    }
  }

  async function step(message: Uint8Array): Promise<Uint8Array> {
    if (expected === KIND.commit) return begin(message);
    const of = poprf as Poprf;
    const size = sizeOf(batch, asked, BATCH_ELEMENTS);
    const batches = Math.ceil(asked / BATCH_ELEMENTS);
    const rest = expected === KIND.elements ? [size * ELEMENT_BYTES] : [];
    const [place, sent] = read(message, expected, run, [NUMBER_BYTES, ...rest]) as [Uint8Array, Uint8Array];
    if (numberOf(place) !== batch) throw new VendorClientError('ERR_CLIENT_MATCH_MESSAGE');
    if (expected === KIND.elements) {
      elements.push(...cut(sent, ELEMENT_BYTES));
      if (elements.length === asked && !same(merkleRoot(elements), root)) throw new VendorClientError('ERR_CLIENT_MATCH_MESSAGE');
      advance(batches, KIND.list);
      return write(KIND.received, run, place);
    }
    if (expected === KIND.list) {
      const tags: Uint8Array[] = [];
      for (const [i, item] of list.slice(batch * BATCH_TAGS, (batch + 1) * BATCH_TAGS).entries()) {
        tags.push(of.evaluate(secretKey, item).subarray(0, TAG_BYTES));
        if (i % 16 !== 15) continue;
        await breathe();
        if (state !== 'open') throw new VendorClientError('ERR_CLIENT_MATCH_MESSAGE');
      }
      advance(Math.ceil(list.length / BATCH_TAGS), KIND.evaluate);
      return write(KIND.tags, run, place, ...tags);
    }
    const from = batch * BATCH_ELEMENTS;
    const evaluated = guarded('ERR_CLIENT_MATCH_MESSAGE', () => of.blindEvaluateBatch(secretKey, elements.slice(from, from + size)));
    advance(batches, undefined);
    return write(KIND.evaluated, run, place, ...evaluated.evaluated, evaluated.proof);
  }

  return {
    get state() {
      return state;
    },
    get asked() {
      return asked;
    },
    listed: list.length,
    async answer(message) {
      if (busy || state !== 'open') {
        close();
        throw new VendorClientError('ERR_CLIENT_MATCH_MESSAGE');
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

/** Fisher and Yates, without the bias of a plain remainder. */
function shuffled<T>(items: T[], random: (bytes: number) => Uint8Array): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const fair = 2 ** 32 - (2 ** 32 % (i + 1));
    let drawn: number;
    do drawn = numberOf(random(NUMBER_BYTES));
    while (drawn >= fair);
    const j = drawn % (i + 1);
    [items[i], items[j]] = [items[j] as T, items[i] as T];
  }
  return items;
}
