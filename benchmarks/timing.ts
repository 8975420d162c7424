/**
 * Whether time tells why a text did not open: one opening at a time of what is genuine, changed at one end or the other, of another
 * scope, of another tag, and malformed. Looked at, not asserted: a shared machine's noise is larger than what is sought. (What is
 * genuine takes longer: its phone is put together. What is malformed takes longer too, and says so to whoever wrote it.)
 */
import { randomBytes } from 'node:crypto';
import { decodeToken, encodeToken, openDialToken, type Phone, Scope, Sensitive, sealDialToken, sealReference } from '@numbra/core';
import { customer, identity, named } from './fixtures.js';
import { type Benchmark, type Contestant, pace, race, resultsOf } from './measure.js';

const TOKENS = 256;
/** What the others are compared with. */
const FORGED = "another vendor's";

export const timingBenchmarks: Benchmark = async (options) => {
  const tag = randomBytes(6);
  const scopeOf = (vendor: string): Scope =>
    new Scope({ identity: { ...identity, vendor: named(vendor) }, tag, referenceKey: randomBytes(64), dialKey: randomBytes(64) });
  const [mine, other] = [scopeOf('vendor-a'), scopeOf('vendor-b')];
  // A cast: these are E.164 digits.
  const sealed = (scope: Scope): string[] =>
    Array.from({ length: TOKENS }, (_, i) =>
      sealDialToken(scope, new Sensitive(String(8_613_000_000_000 + 7_919 * i) as Phone), sealReference(scope, customer(i))),
    );
  const genuine = sealed(mine);
  const changedAt = (byte: number): string[] =>
    genuine.map((token) => {
      const bytes = Uint8Array.from(decodeToken(token)?.bytes ?? []);
      bytes[byte] = (bytes[byte] ?? 0) ^ 1;
      return encodeToken('dial-token', bytes);
    });
  const opening = (name: string, tokens: readonly string[]): Contestant => {
    let turn = 0;
    return { name, count: 1, work: () => openDialToken(mine, tokens[turn++ % TOKENS] as string) };
  };
  const kinds = [
    opening('genuine', genuine),
    opening('first byte of the SIV changed', changedAt(6)),
    opening('last byte of the ciphertext changed', changedAt(35)),
    opening(FORGED, sealed(other)),
    opening('another tag', changedAt(0)),
    opening(
      'malformed',
      genuine.map((token) => `${token.slice(0, -1)}!`),
    ),
  ];
  const turns = await race(kinds, pace(options));
  mine.close();
  other.close();
  return kinds
    .filter(({ name }) => name !== FORGED)
    .flatMap(({ name }) => resultsOf(`timing/${name}`, turns, name, [{ peer: FORGED, as: `timing/${FORGED}` }]));
};
