/** Vectors of RFC 9497 Appendix A, through every library: all of them where the shared folder is, some copied from the text everywhere. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AnyGroup, BlindBackend, BlindSuite } from './group.js';
import { loadGroup } from './groups.js';
import { createOprf, createPoprf, createVoprf, type VerifiableOprf } from './oprf.js';
import copied from './vectors/rfc9497.json' with { type: 'json' };

interface Suite {
  readonly identifier: string;
  readonly mode: number;
  readonly seed: string;
  readonly keyInfo: string;
  readonly skSm: string;
  readonly pkSm?: string;
  readonly vectors: readonly Vector[];
}

interface Vector {
  readonly Batch: number;
  readonly Blind: string;
  readonly BlindedElement: string;
  readonly EvaluationElement: string;
  readonly Input: string;
  readonly Info?: string;
  readonly Output: string;
  readonly Proof?: { readonly proof: string; readonly r: string };
}

const RANDOM_BYTES = 48;
const SUPPORTED: readonly string[] = ['ristretto255-SHA512', 'P256-SHA256'] satisfies BlindSuite[];
const shared = new URL('../../../../../shared/vectors/rfc9497/allVectors.json', import.meta.url);
const all = existsSync(shared) ? (JSON.parse(readFileSync(shared, 'utf8')) as Suite[]) : undefined;

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const list = (hex: string): Uint8Array[] => hex.split(',').map(bytes);
const hex = (of: Uint8Array): string => Buffer.from(of).toString('hex');
const texts = (of: readonly Uint8Array[]): string => of.map(hex).join(',');

/** Gives one scalar after the other, as the bytes that are drawn for it. */
function drawing(suite: BlindSuite, scalars: readonly Uint8Array[]): (count: number) => Uint8Array {
  let next = 0;
  return () => {
    const scalar = scalars[next++] as Uint8Array;
    const bigEndian = suite === 'P256-SHA256' ? scalar : Uint8Array.from(scalar).reverse();
    const drawn = new Uint8Array(RANDOM_BYTES);
    drawn.set(bigEndian, RANDOM_BYTES - bigEndian.length);
    return drawn;
  };
}

function check(group: AnyGroup, suite: Suite): void {
  for (const vector of suite.vectors) {
    const inputs = list(vector.Input);
    const draw = (scalars: readonly Uint8Array[]) => ({ random: drawing(group.suite, scalars) });
    if (suite.mode === 0) {
      const client = createOprf(group, draw(list(vector.Blind)));
      const key = client.deriveKey(bytes(suite.seed), bytes(suite.keyInfo));
      expect(hex(key.secretKey)).toBe(suite.skSm);
      const blinded = client.blind(inputs);
      expect(texts(blinded.elements)).toBe(vector.BlindedElement);
      const evaluated = client.evaluate(key.secretKey, blinded.elements);
      expect(texts(evaluated)).toBe(vector.EvaluationElement);
      expect(texts(client.finalize(inputs, blinded.blinds, evaluated))).toBe(vector.Output);
      expect(texts(client.outputs(key.secretKey, inputs))).toBe(vector.Output);
      continue;
    }
    const modeWith = (scalars: readonly Uint8Array[]): VerifiableOprf =>
      suite.mode === 1 ? createVoprf(group, draw(scalars)) : createPoprf(group, bytes(vector.Info ?? ''), draw(scalars));
    const client = modeWith(list(vector.Blind));
    const server = modeWith([bytes(vector.Proof?.r ?? '')]);
    const key = server.deriveKey(bytes(suite.seed), bytes(suite.keyInfo));
    expect(hex(key.secretKey)).toBe(suite.skSm);
    expect(hex(key.publicKey)).toBe(suite.pkSm);
    const blinded = client.blind(inputs);
    expect(texts(blinded.elements)).toBe(vector.BlindedElement);
    const evaluated = server.evaluate(key.secretKey, blinded.elements);
    expect(texts(evaluated.elements)).toBe(vector.EvaluationElement);
    expect(hex(evaluated.proof)).toBe(vector.Proof?.proof);
    expect(texts(client.finalize({ publicKey: key.publicKey, inputs, blinded, evaluated }))).toBe(vector.Output);
    expect(texts(server.outputs(key.secretKey, inputs))).toBe(vector.Output);
  }
}

const backends = async (suite: BlindSuite): Promise<AnyGroup[]> => {
  const names: BlindBackend[] = suite === 'ristretto255-SHA512' ? ['noble', 'libsodium'] : ['noble'];
  return Promise.all(names.map((backend) => loadGroup(suite, { backend })));
};

/** decaf448, P-384 and P-521 are suites that blind tokens do not offer. */
const offered = (suites: readonly Suite[]): readonly Suite[] => suites.filter(({ identifier }) => SUPPORTED.includes(identifier));

describe('vectors copied from RFC 9497', async () => {
  for (const suite of copied as readonly Suite[])
    for (const group of await backends(suite.identifier as BlindSuite))
      it(`hold for ${suite.identifier}, mode ${suite.mode}, by ${group.backend}`, () => check(group, suite));
});

describe.skipIf(all === undefined)('all vectors of RFC 9497', async () => {
  for (const suite of offered(all ?? []))
    for (const group of await backends(suite.identifier as BlindSuite))
      it(`hold for ${suite.identifier}, mode ${suite.mode}, by ${group.backend}`, () => check(group, suite));

  it('are three modes of each suite that is offered', () => {
    expect(offered(all ?? []).map(({ identifier, mode }) => `${identifier} ${mode}`)).toEqual(
      SUPPORTED.flatMap((suite) => [0, 1, 2].map((mode) => `${suite} ${mode}`)),
    );
  });
});
