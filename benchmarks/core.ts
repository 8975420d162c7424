/**
 * The tokens of @numbra/core: sealing and opening, as strings, as columns, one at a time, and as digits, each against what a
 * programmer would otherwise reach for and against the floor of its form.
 *
 * A floor is the least that the form can be done with: two AES-256-ECB passes over the batch, one base64url of the same bytes where
 * the result is text, and cutting that text where the result is strings.
 */
import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import { aessiv } from '@noble/ciphers/aes.js';
import { FF1 } from '@noble/ciphers/ff1.js';
import {
  type Column,
  type CustomerId,
  openReferenceColumn,
  openReferences,
  type Phone,
  Scope,
  Sensitive,
  scopeContext,
  sealDialTokenColumn,
  sealDialTokens,
  sealNumericTokens,
  sealReference,
  sealReferenceColumn,
  sealReferences,
} from '@numbra/core';
import { customer, identity, scatter } from './fixtures.js';
import { type Benchmark, type Contestant, type Goal, pace, race, resultsOf } from './measure.js';
import { createMiscreant, createPep } from './peers.js';

/** A batch that stays in the processor's cache. */
const BATCH = 1024;
const TOKEN_CHARACTERS = 52;

const HMAC = 'node:crypto HMAC-SHA-256';
const NOBLE = '@noble/ciphers aessiv';
const NOBLE_OPENS = '@noble/ciphers aessiv, opening';
const NOBLE_FF1 = '@noble/ciphers FF1';
const MISCREANT = 'miscreant AES-SIV';
const PEP = '@nolai/libpep-wasm pseudonymize';

export const coreGoals: readonly Goal[] = [
  { name: 'seal/strings', against: HMAC, ratio: 15 },
  { name: 'seal/strings', against: NOBLE, ratio: 200 },
  { name: 'seal/strings', floorRatio: 0.3 },
  {
    name: 'seal/columns',
    floorRatio: 0.4,
    profile:
      'base64url of the batch 21 %, the two AES passes 17 %, packing the digits 16 %, collecting what those three allocate 6 %; the rest is copies in words: into frames, out of them and into the column',
  },
  { name: 'open/strings', against: 'seal/strings', ratio: 0.8 },
  { name: 'seal/one', against: NOBLE, ratio: 5 },
  { name: 'seal/numeric', against: NOBLE_FF1, ratio: 50 },
];

export const coreBenchmarks: Benchmark = async (options) => {
  const speed = pace(options);
  const keys = { referenceKey: randomBytes(64), dialKey: randomBytes(64), numericKey: randomBytes(32) };
  const tag = randomBytes(6);
  const scope = new Scope({ identity, tag, ...keys });
  const ids = Array.from({ length: BATCH }, (_, i) => customer(i));
  const phones = rowsOf((i) => new Sensitive(String(8_613_000_000_000 + i) as Phone));
  const into = new Uint8Array(TOKEN_CHARACTERS * BATCH);
  const twelveDigits = columnOf(rowsOf((i) => String(100_000_000_000 + i)));
  const twentyDigits = columnOf(rowsOf((i) => `62284800${String(i).padStart(12, '0')}`));
  const phoneColumn = new Sensitive(columnOf(phones.map((phone) => phone.use((digits) => digits))));
  const references = sealReferences(scope, ids);
  const referenceColumn = sealReferenceColumn(scope, columnOf(ids), 'ascii');
  // As they come from a file or a request: strings of their own, not slices of one.
  const received = references.map((reference) => Buffer.from(reference).toString());

  const floor = floors();
  const context = scopeContext('ref', identity);
  const plaintext = randomBytes(14);
  const sealedByNoble = aessiv(keys.referenceKey, context).encrypt(plaintext);
  const hmac = each(HMAC, (i) =>
    createHmac('sha256', keys.numericKey)
      .update(ids[i] as string)
      .digest('base64url'),
  );
  const noble = each(NOBLE, () => aessiv(keys.referenceKey, context).encrypt(plaintext));
  const nobleOpens = each(NOBLE_OPENS, () => aessiv(keys.referenceKey, context).decrypt(sealedByNoble));

  const strings = await race(
    [
      batch('seal', () => sealReferences(scope, ids)),
      batch('floor', floor.strings),
      batch('open', () => openReferences(scope, received)),
      batch('dial', () => sealDialTokens(scope, phones, references)),
      hmac,
      noble,
      nobleOpens,
      each(MISCREANT, await createMiscreant(keys.referenceKey, plaintext, context)),
      each(PEP, await createPep('C00000001')),
    ],
    speed,
  );
  const columns = await race(
    [
      batch('seal', () => sealReferenceColumn(scope, twelveDigits, 'ascii', into)),
      batch('floor', floor.columns),
      batch('twenty', () => sealReferenceColumn(scope, twentyDigits, 'ascii', into)),
      batch('open', () => openReferenceColumn(scope, referenceColumn, 'ascii')),
      batch('dial', () => sealDialTokenColumn(scope, phoneColumn, referenceColumn, 'ascii', into)),
      hmac,
      noble,
    ],
    speed,
  );
  const single = await race([each('seal', (i) => sealReference(scope, ids[i] as CustomerId)), noble, hmac], speed);
  const ff1 = FF1(10, keys.numericKey, tag);
  const rows = Array.from(ids, (_, i) => i + 1);
  const numeric = await race(
    [
      batch('seal', () => sealNumericTokens(scope, rows)),
      each(NOBLE_FF1, (i) => ff1.encrypt(Array.from(String(i + 1).padStart(11, '0'), Number))),
    ],
    speed,
  );
  scope.close();

  return [
    ...resultsOf('seal/strings', strings, 'seal', [HMAC, NOBLE, MISCREANT, PEP], 'floor'),
    ...resultsOf('seal/columns', columns, 'seal', [HMAC, NOBLE], 'floor'),
    ...resultsOf('open/strings', strings, 'open', [{ peer: 'seal', as: 'seal/strings' }, NOBLE_OPENS]),
    ...resultsOf('open/columns', columns, 'open', [{ peer: 'seal', as: 'seal/columns' }]),
    ...resultsOf('seal/columns-20-digits', columns, 'twenty', [HMAC], 'floor'),
    ...resultsOf('seal/dial-strings', strings, 'dial', [HMAC], 'floor'),
    ...resultsOf('seal/dial-columns', columns, 'dial', [HMAC], 'floor'),
    ...resultsOf('seal/one', single, 'seal', [NOBLE, HMAC]),
    ...resultsOf('seal/numeric', numeric, 'seal', [NOBLE_FF1]),
  ];
};

/** One value a row, numbers in no order. */
function rowsOf<T>(value: (i: number) => T): T[] {
  return Array.from({ length: BATCH }, (_, i) => value(scatter(i)));
}

function columnOf(texts: readonly string[]): Column {
  const offsets = new Uint32Array(texts.length + 1);
  texts.forEach((text, i) => {
    offsets[i + 1] = (offsets[i] as number) + text.length;
  });
  return { data: Buffer.from(texts.join('')), offsets };
}

/** A contestant that does a whole batch in one call. */
const batch = (name: string, work: () => unknown): Contestant => ({ name, work, count: BATCH });

/** A contestant that does one value in a call: the `i`-th of the batch. */
function each(name: string, work: (i: number) => unknown): Contestant {
  let turn = 0;
  return { name, work: () => work(turn++ % BATCH), count: 1 };
}

/** The least work for a batch: as strings, and as a column of text. */
function floors(): { readonly strings: () => unknown; readonly columns: () => unknown } {
  const first = createCipheriv('aes-256-ecb', randomBytes(32), null).setAutoPadding(false);
  const second = createCipheriv('aes-256-ecb', randomBytes(32), null).setAutoPadding(false);
  const blocks = randomBytes(16 * BATCH);
  // Tag, SIV and ciphertext; in front of their 48 characters stands the prefix.
  const tokens = randomBytes(36 * BATCH);
  const columns = (): string => {
    first.update(blocks);
    second.update(blocks);
    return tokens.toString('base64url');
  };
  const strings = (): string[] => {
    const text = columns();
    const results = new Array<string>(BATCH);
    for (let i = 0, at = 0; i < BATCH; i++, at += 48) results[i] = text.slice(at, at + 48);
    return results;
  };
  return { strings, columns };
}
