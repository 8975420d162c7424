/**
 * Whether the time of one opening tells two kinds of text apart: a fixed-against-random test in the manner of dudect (Reparaz, Balasch,
 * Verbauwhede: "Dude, is my code constant time?", 2017). Every kind is one class; classes are drawn at random, one opening is one
 * sample, and Welch's t compares each class with forgeries.
 *
 *     npx tsx --conditions=@numbra/source benchmarks/timing-oracle.ts [--samples N]
 *
 * |t| grows with the square root of the number of samples when there is any difference at all, and stays about 1 when there is none;
 * dudect's convention calls it a leak above 4.5. The difference in nanoseconds says whether anybody could see it. Looked at and not
 * asserted: docs/guides/architect/timing.md has the method and what was found.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { decodeToken, encodeToken, openDialToken, type Phone, Scope, Sensitive, sealDialToken, sealReference } from '@numbra/core';
import { customer, identity, named } from './fixtures.js';

/** Texts of one class: enough that none is remembered, few enough that all stay in the cache. */
const TEXTS = 256;
const WARM_UP = 20_000;
/** The slowest samples are interrupts and garbage collections; dudect cuts them off too. */
const KEPT = 0.9;
const LEAK = 4.5;
/** What all others are compared with: bytes of nobody's, in the right form and with the right tag. */
const REFERENCE = 'forged';
/** The same as the reference once more: what noise alone gives. */
const CONTROL = 'forged, again';

const { values } = parseArgs({ options: { samples: { type: 'string', default: '400000' } } });
const samples = Number(values.samples);

const tag = randomBytes(6);
const scopeOf = (vendor: string): Scope =>
  new Scope({ identity: { ...identity, vendor: named(vendor) }, tag, referenceKey: randomBytes(64), dialKey: randomBytes(64) });
const mine = scopeOf('vendor-a');

const texts = <T>(make: (row: number) => T): T[] => Array.from({ length: TEXTS }, (_, row) => make(row));
// A cast: these are E.164 digits.
const phone = (row: number) => new Sensitive(String(8_613_000_000_000 + 7_919 * row) as Phone);
const sealedBy = (scope: Scope) => texts((row) => sealDialToken(scope, phone(row), sealReference(scope, customer(row))));
const genuine = sealedBy(mine);
const bytesOf = (token: string): Uint8Array => Uint8Array.from(decodeToken(token)?.bytes ?? []);
const changedAt = (byte: number) =>
  genuine.map((token) => {
    const bytes = bytesOf(token);
    bytes[byte] = (bytes[byte] as number) ^ 1;
    return encodeToken('dial-token', bytes);
  });
const forged = () => texts(() => encodeToken('dial-token', Uint8Array.from([...tag, ...randomBytes(30)])));

// Flat strings of their own, as they come from a request: how a string was put together costs time as well.
const flat = (list: readonly string[]): string[] => list.map((text) => Buffer.from(text).toString());
const classes: readonly { readonly name: string; readonly texts: readonly string[] }[] = [
  { name: REFERENCE, texts: forged() },
  { name: CONTROL, texts: forged() },
  { name: "another scope's, same tag", texts: sealedBy(scopeOf('vendor-b')) },
  { name: 'first byte of the SIV changed', texts: changedAt(6) },
  { name: 'last byte of the SIV changed', texts: changedAt(21) },
  { name: 'first byte of the ciphertext changed', texts: changedAt(22) },
  { name: 'last byte of the ciphertext changed', texts: changedAt(35) },
  { name: 'another tag', texts: changedAt(0) },
  { name: 'truncated by one character', texts: genuine.map((token) => token.slice(0, -1)) },
  { name: 'no letter of base64url at its end', texts: genuine.map((token) => `${token.slice(0, -1)}!`) },
  { name: 'genuine', texts: genuine },
].map(({ name, texts: list }) => ({ name, texts: flat(list) }));

let opened = 0;
/** One sample, in nanoseconds. */
function time(text: string): number {
  const start = process.hrtime.bigint();
  const found = openDialToken(mine, text);
  const end = process.hrtime.bigint();
  if (found !== undefined) opened += 1;
  return Number(end - start);
}

function measure(): number[][] {
  const total = samples * classes.length;
  // Drawn beforehand, so that drawing is not part of what is measured.
  const order = new Uint8Array(total);
  for (let i = 0; i < total; i++) order[i] = i % classes.length;
  for (let i = total - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  const times = classes.map(() => [] as number[]);
  for (let i = -WARM_UP; i < total; i++) {
    const index = order[Math.abs(i)] as number;
    const list = (classes[index] as (typeof classes)[number]).texts;
    const spent = time(list[Math.abs(i * 31) % list.length] as string);
    if (i >= 0) times[index]?.push(spent);
  }
  return times;
}

interface Summary {
  readonly n: number;
  readonly mean: number;
  readonly variance: number;
}

function summaryOf(times: readonly number[], cut: number): Summary {
  const kept = times.filter((value) => value <= cut);
  const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length;
  const variance = kept.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (kept.length - 1);
  return { n: kept.length, mean, variance };
}

const welch = (a: Summary, b: Summary): number => (a.mean - b.mean) / Math.sqrt(a.variance / a.n + b.variance / b.n);

const quantile = (times: readonly number[], share: number): number =>
  [...times].sort((a, b) => a - b)[Math.floor(share * (times.length - 1))] as number;

const times = measure();
const reference = times[0] as number[];
process.stdout.write(`node ${process.version}, ${samples} samples a class, the fastest ${100 * KEPT} % of each kept; ${opened} opened\n\n`);
process.stdout.write('| class | mean, ns | difference, ns | t | |\n| --- | ---: | ---: | ---: | --- |\n');
classes.forEach(({ name }, i) => {
  const own = times[i] as number[];
  // Each pair is cut at a time of both together, so that the cut itself makes no difference between them.
  const cut = quantile(reference.concat(own), KEPT);
  const [a, b] = [summaryOf(own, cut), summaryOf(reference, cut)];
  const t = i === 0 ? 0 : welch(a, b);
  const verdict = Math.abs(t) > LEAK ? 'told apart' : '';
  process.stdout.write(`| ${name} | ${a.mean.toFixed(1)} | ${(a.mean - b.mean).toFixed(1)} | ${t.toFixed(1)} | ${verdict} |\n`);
});
