import { randomBytes } from 'node:crypto';
import { ristretto255 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Name } from '../identifiers/name.js';
import type { BlindSuite } from './group.js';
import { loadGroup } from './groups.js';
import { blindInfo, matchInfo } from './info.js';
import { createOprf, createPoprf, createVoprf, type VerifiableOprf } from './oprf.js';

const RUNS = { numRuns: 12 };
const info = Uint8Array.of(1, 2, 3);
const hex = (bytes: readonly Uint8Array[]): string[] => bytes.map((each) => Buffer.from(each).toString('hex'));
const inputs = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 4 });

/** The same bytes each time, and different ones for each call. */
function repeatable(seed: number): (count: number) => Uint8Array {
  let calls = 0;
  return (count) => {
    calls += 1;
    return Uint8Array.from({ length: count }, (_, i) => (seed + 31 * calls + 7 * i) & 0xff);
  };
}

const flipped = (bytes: Uint8Array, at: number): Uint8Array => bytes.map((byte, i) => (i === at % bytes.length ? byte ^ 1 : byte));

const ristretto = 'ristretto255-SHA512' as const;
const libraries = [
  await loadGroup(ristretto, { backend: 'noble' }),
  await loadGroup(ristretto, { backend: 'libsodium' }),
  await loadGroup('P256-SHA256'),
];

describe('the libraries', () => {
  it('are chosen: libsodium for ristretto255 where it is installed, noble for P-256', async () => {
    expect((await loadGroup(ristretto)).backend).toBe('libsodium');
    expect((await loadGroup('P256-SHA256')).backend).toBe('noble');
    await expect(() => loadGroup('P256-SHA256', { backend: 'libsodium' })).toFailWith('ERR_BLIND_BACKEND');
  });

  it('give the same bytes for the same randomness', () => {
    fc.assert(
      fc.property(inputs, fc.nat(255), (values, seed) => {
        const [byNoble, bySodium] = [0, 1].map((i) => {
          const poprf = createPoprf(libraries[i]!, info, { random: repeatable(seed) });
          const key = poprf.generateKey();
          const blinded = poprf.blind(values);
          const evaluated = poprf.evaluate(key.secretKey, blinded.elements);
          const outputs = poprf.finalize({ publicKey: key.publicKey, inputs: values, blinded, evaluated });
          return hex([
            key.secretKey,
            key.publicKey,
            ...blinded.blinds,
            ...blinded.elements,
            ...evaluated.elements,
            evaluated.proof,
            ...outputs,
          ]);
        });
        expect(bySodium).toEqual(byNoble);
      }),
      RUNS,
    );
  });
});

/** Encodings that are none, of each kind a library below might take. */
const bad: Readonly<Record<BlindSuite, Readonly<Record<string, Uint8Array>>>> = {
  'ristretto255-SHA512': {
    'the identity': new Uint8Array(32),
    'a second spelling: the field element plus p': Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 0xed : i === 31 ? 0x7f : 0xff)),
    'a negative field element': Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 1 : 0)),
    'no square': Uint8Array.from(Buffer.from('26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371', 'hex')),
    'the top bit set': ristretto255.Point.BASE.toBytes().map((byte, i) => (i === 31 ? byte | 0x80 : byte)),
    'a byte less': ristretto255.Point.BASE.toBytes().subarray(1),
    'a byte more': Uint8Array.of(...ristretto255.Point.BASE.toBytes(), 0),
    nothing: new Uint8Array(0),
  },
  'P256-SHA256': {
    'the identity': Uint8Array.of(0),
    'the identity in full length': new Uint8Array(33),
    'a point that is not compressed': p256.Point.BASE.toBytes(false),
    'an x above the field': Uint8Array.from({ length: 33 }, (_, i) => (i === 0 ? 2 : 0xff)),
    'an x of no point': Uint8Array.of(2, ...Buffer.from('ffffffff00000001000000000000000000000000fffffffffffffffffffffffd', 'hex')),
    'an unknown sign': p256.Point.BASE.toBytes().map((byte, i) => (i === 0 ? 5 : byte)),
    nothing: new Uint8Array(0),
  },
};

describe.each(libraries)('$suite by $backend', (group) => {
  const proved: readonly [string, () => VerifiableOprf][] = [
    ['voprf', () => createVoprf(group)],
    ['poprf', () => createPoprf(group, info)],
  ];

  it('gives one output whatever the blind, the one that the key gives alone', () => {
    fc.assert(
      fc.property(inputs, (values) => {
        const oprf = createOprf(group);
        const { secretKey } = oprf.generateKey();
        const outputs = [1, 2].map(() => {
          const { blinds, elements } = oprf.blind(values);
          return hex(oprf.finalize(values, blinds, oprf.evaluate(secretKey, elements)));
        });
        expect(outputs[0]).toEqual(hex(oprf.outputs(secretKey, values)));
        expect(outputs[1]).toEqual(outputs[0]);
      }),
      RUNS,
    );
  });

  it('shows the server another element for the same input each time', () => {
    const oprf = createOprf(group);
    const input = Uint8Array.of(7);
    expect(new Set(hex(oprf.blind([input, input, input]).elements)).size).toBe(3);
  });

  it.each(proved)('verifies one proof over a batch in mode %s, and refuses every change', async (_, mode) => {
    const oprf = mode();
    const { secretKey, publicKey } = oprf.generateKey();
    const values = [Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)];
    const blinded = oprf.blind(values);
    const evaluated = oprf.evaluate(secretKey, blinded.elements);
    const batch = { publicKey, inputs: values, blinded, evaluated };
    expect(hex(oprf.finalize(batch))).toEqual(hex(oprf.outputs(secretKey, values)));

    const [first, second, third] = evaluated.elements as [Uint8Array, Uint8Array, Uint8Array];
    for (const changed of [
      { ...batch, publicKey: oprf.generateKey().publicKey },
      { ...batch, evaluated: { ...evaluated, elements: [second, first, third] } },
      { ...batch, evaluated: { ...evaluated, elements: [first, first, third] } },
      { ...batch, evaluated: { ...evaluated, proof: evaluated.proof.subarray(1) } },
      { ...batch, evaluated: { ...evaluated, proof: new Uint8Array(evaluated.proof.length) } },
      { ...batch, evaluated: { ...evaluated, proof: new Uint8Array(evaluated.proof.length).fill(0xff) } },
      ...[0, 5, 31, 32, 40, 63].map((at) => ({ ...batch, evaluated: { ...evaluated, proof: flipped(evaluated.proof, at) } })),
    ])
      await expect(() => oprf.finalize(changed)).toFailWith('ERR_BLIND_PROOF');
    const fewer = { ...batch, evaluated: { ...evaluated, elements: [first, second] } };
    await expect(() => oprf.finalize(fewer)).toFailWith('ERR_BLIND_BATCH');
  });

  it('binds outputs and proofs to info', async () => {
    const [mine, other] = [createPoprf(group, info), createPoprf(group, Uint8Array.of(4))];
    const { secretKey, publicKey } = mine.generateKey();
    const values = [Uint8Array.of(1)];
    const blinded = mine.blind(values);
    const evaluated = other.evaluate(secretKey, blinded.elements);
    await expect(() => mine.finalize({ publicKey, inputs: values, blinded, evaluated })).toFailWith('ERR_BLIND_PROOF');
    expect(hex(mine.outputs(secretKey, values))).not.toEqual(hex(other.outputs(secretKey, values)));
  });

  it.each(Object.entries(bad[group.suite]))('refuses %s wherever an element comes from outside', async (_, element) => {
    const [oprf, voprf, poprf] = [createOprf(group), createVoprf(group), createPoprf(group, info)];
    const { secretKey, publicKey } = oprf.generateKey();
    const input = [Uint8Array.of(1)];
    const good = oprf.blind(input).elements[0] as Uint8Array;
    for (const { evaluate } of [oprf, voprf, poprf])
      await expect(() => evaluate(secretKey, [good, element])).toFailWith('ERR_BLIND_ELEMENT');
    await expect(() => oprf.finalize(input, oprf.blind(input).blinds, [element])).toFailWith('ERR_BLIND_ELEMENT');
    for (const mode of [voprf, poprf]) {
      const blinded = mode.blind(input);
      const genuine = mode.evaluate(secretKey, blinded.elements);
      const evaluated = { ...genuine, elements: [element] };
      await expect(() => mode.finalize({ publicKey, inputs: input, blinded, evaluated })).toFailWith('ERR_BLIND_ELEMENT');
      await expect(() => mode.finalize({ publicKey: element, inputs: input, blinded, evaluated: genuine })).toFailWith('ERR_BLIND_KEY');
    }
  });

  it('refuses a key that is 0, the order or above, or of another length', async () => {
    const oprf = createOprf(group);
    const { elements } = oprf.blind([Uint8Array.of(1)]);
    const order = group.suite === ristretto ? ristretto255.Point.Fn.ORDER : p256.Point.Fn.ORDER;
    const bytes = Buffer.from(order.toString(16).padStart(64, '0'), 'hex');
    if (group.suite === ristretto) bytes.reverse();
    for (const key of [new Uint8Array(32), Uint8Array.from(bytes), new Uint8Array(32).fill(0xff), new Uint8Array(31).fill(1)])
      await expect(() => oprf.evaluate(key, elements)).toFailWith('ERR_BLIND_KEY');
  });

  it('refuses an empty batch, and an input that its length has no room for', async () => {
    const oprf = createVoprf(group);
    await expect(() => oprf.blind([])).toFailWith('ERR_BLIND_BATCH');
    await expect(() => oprf.evaluate(oprf.generateKey().secretKey, [])).toFailWith('ERR_BLIND_BATCH');
    await expect(() => oprf.blind([new Uint8Array(65_536)])).toFailWith('ERR_BLIND_INPUT');
    await expect(() => createPoprf(group, new Uint8Array(65_536))).toFailWith('ERR_BLIND_INPUT');
  });
});

describe('the info of a purpose', () => {
  const purpose = { purpose: 'marketing.insurance' as Name, campaign: 'c-1' as Name };
  const run = randomBytes(16).toString('base64url');

  it('names use, purpose, campaign and run with U+001F between', () => {
    expect(Buffer.from(blindInfo(purpose)).toString()).toBe('numbra/v1\x1fblind\x1fmarketing.insurance\x1fc-1');
    expect(Buffer.from(matchInfo(purpose, run)).toString()).toBe(`numbra/v1\x1fmatch\x1fmarketing.insurance\x1fc-1\x1f${run}`);
  });

  it('is refused for a name that holds the separator, and for a run that is none', async () => {
    await expect(() => blindInfo({ ...purpose, campaign: 'c-1\x1fc-2' as Name })).toFailWith('ERR_NAME_INVALID');
    await expect(() => matchInfo(purpose, `${run}\x1f`)).toFailWith('ERR_NAME_INVALID');
  });
});
