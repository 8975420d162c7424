/**
 * The side of a blind matching that learns which of its phones stand on the other side's list. That the vendor is this side is the
 * exception: the bank lets two of its people approve, limits the list to 50,000 phones, and allows one run a campaign and thirty days.
 *
 * @module
 * @see https://www.rfc-editor.org/rfc/rfc9497
 */
import { ristretto255, ristretto255_oprf } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { VendorClientError } from '../errors.js';
import {
  BATCH_ELEMENTS,
  BATCH_TAGS,
  cut,
  ELEMENT_BYTES,
  KIND,
  type Kind,
  merkleRoot,
  NUMBER_BYTES,
  number,
  numberOf,
  PROOF_BYTES,
  RUN_BYTES,
  read,
  sizeOf,
  TAG_BYTES,
  write,
} from './messages.js';
import { base64url, breathe, checkOptions, checkSize, guarded, type MatchOptions } from './terms.js';

export interface LearnOptions extends MatchOptions {
  /** Carries a message to the holder and brings its answer back. */
  readonly exchange: (message: Uint8Array) => Promise<Uint8Array>;
}

export interface Learned {
  /** Names the run; both sides know it. */
  readonly run: string;
  /** Phones of the holder's list. */
  readonly listed: number;
  /** Positions (0-based) in `phones` of those that both lists hold, rising. */
  readonly matches: readonly number[];
}

interface Item {
  readonly input: Uint8Array;
  readonly blind: Uint8Array;
  readonly blinded: Uint8Array;
}

/**
 * Carries one run through, as the side that learns.
 *
 * @throws `ERR_CLIENT_OPTION` with the field, `ERR_CLIENT_MATCH_LIMIT`, `ERR_CLIENT_MATCH_MESSAGE`, `ERR_CLIENT_MATCH_TERMS`,
 *   `ERR_CLIENT_MATCH_PROOF`, and what `exchange` throws; nothing was learned, and the blinds are wiped
 */
export async function learnMatches(options: LearnOptions): Promise<Learned> {
  const { items, mostOfOther, random, info } = checkOptions(options);
  const run = Uint8Array.from(random(RUN_BYTES));
  const text = info(run);
  const poprf = ristretto255_oprf.poprf(text);
  const blinded: Item[] = [];

  async function ask(
    kind: Kind,
    batch: number,
    parts: readonly Uint8Array[],
    answer: Kind,
    lengths: readonly number[],
  ): Promise<Uint8Array[]> {
    const message = write(kind, run, number(batch), ...parts);
    const [place, ...rest] = read(await options.exchange(message), answer, run, [NUMBER_BYTES, ...lengths]) as [
      Uint8Array,
      ...Uint8Array[],
    ];
    if (numberOf(place) !== batch) throw new VendorClientError('ERR_CLIENT_MATCH_MESSAGE');
    return rest;
  }

  try {
    // The holder's key comes after the commitment, and noble wants one for a value that blinding does not need.
    const anyKey = ristretto255.Point.BASE.toBytes();
    for (const [i, input] of items.entries()) {
      const { blind, blinded: element } = poprf.blind(input, anyKey);
      blinded.push({ input, blind, blinded: element });
      if (i % 16 === 15) await breathe();
    }
    const commit = write(KIND.commit, run, number(items.length), merkleRoot(blinded.map((item) => item.blinded)), sha256(text));
    const [count, publicKey] = read(await options.exchange(commit), KIND.key, run, [NUMBER_BYTES, ELEMENT_BYTES]) as [
      Uint8Array,
      Uint8Array,
    ];
    const listed = numberOf(count);
    checkSize(listed, mostOfOther);
    const { tweakedKey } = guarded('ERR_CLIENT_MATCH_MESSAGE', () => poprf.blind(items[0] as Uint8Array, publicKey));

    const batches = Array.from({ length: Math.ceil(items.length / BATCH_ELEMENTS) }, (_, batch) =>
      blinded.slice(batch * BATCH_ELEMENTS, (batch + 1) * BATCH_ELEMENTS),
    );
    for (const [batch, of] of batches.entries())
      await ask(
        KIND.elements,
        batch,
        of.map((item) => item.blinded),
        KIND.received,
        [],
      );

    const tags = new Set<string>();
    for (let batch = 0; batch * BATCH_TAGS < listed; batch++) {
      const [sent] = (await ask(KIND.list, batch, [], KIND.tags, [sizeOf(batch, listed, BATCH_TAGS) * TAG_BYTES])) as [Uint8Array];
      for (const tag of cut(sent, TAG_BYTES)) tags.add(base64url(tag));
    }

    const matches: number[] = [];
    for (const [batch, of] of batches.entries()) {
      const [sent, proof] = (await ask(KIND.evaluate, batch, [], KIND.evaluated, [of.length * ELEMENT_BYTES, PROOF_BYTES])) as [
        Uint8Array,
        Uint8Array,
      ];
      const evaluated = cut(sent, ELEMENT_BYTES);
      const outputs = guarded('ERR_CLIENT_MATCH_PROOF', () =>
        poprf.finalizeBatch(
          of.map((item, i) => ({ ...item, evaluated: evaluated[i] as Uint8Array })),
          proof,
          tweakedKey,
        ),
      );
      for (const [i, output] of outputs.entries())
        if (tags.has(base64url(output.subarray(0, TAG_BYTES)))) matches.push(batch * BATCH_ELEMENTS + i);
      await breathe();
    }
    return { run: base64url(run), listed, matches };
  } finally {
    for (const { blind } of blinded) blind.fill(0);
  }
}
