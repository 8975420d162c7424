/**
 * What the three modes of RFC 9497 share: keys, blinding, unblinding, and the checks of what comes from outside.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { fail } from '../errors.js';
import type { BlindBackend, BlindSuite, Group } from './group.js';
import { type BlindMode, checkInput, contextString, join, label, sized } from './transcript.js';

/** Elements of one batch: a proof counts them in two bytes. */
const LARGEST_BATCH = 0xffff;
const SEED_BYTES = 32;
/** Draws of a derived key (§ 3.2.1): already a second one means that the hash is broken. */
const DERIVATIONS = 256;

export interface OprfOptions {
  /** Source of keys, blinds and proofs. Default node:crypto. */
  readonly random?: (bytes: number) => Uint8Array;
}

/** A key: a scalar, and the generator times it. */
export interface BlindKey {
  /** The server's alone. `fill(0)` wipes it. */
  readonly secretKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** Inputs, blinded. */
export interface Blinded {
  /** The client's alone, as many as inputs. */
  readonly blinds: readonly Uint8Array[];
  /** For the server: each uniform, whatever the input. */
  readonly elements: readonly Uint8Array[];
}

export interface AnyMode {
  readonly suite: BlindSuite;
  readonly backend: BlindBackend;
  generateKey(): BlindKey;
  /** From 32 random bytes and a public text (§ 3.2.1). @throws `ERR_BLIND_KEY`: another length */
  deriveKey(seed: Uint8Array, keyInfo: Uint8Array): BlindKey;
  /** @throws `ERR_BLIND_INPUT`, `ERR_BLIND_BATCH` */
  blind(inputs: readonly Uint8Array[]): Blinded;
  /** What the client would get, for whoever has the key. @throws `ERR_BLIND_KEY`, `ERR_BLIND_INPUT` */
  outputs(secretKey: Uint8Array, inputs: readonly Uint8Array[]): Uint8Array[];
}

/** Makes what the modes share. `rest` are the parts that a mode's output hashes between input and element. */
export function partsOf<E>(group: Group<E>, mode: BlindMode, { random = randomBytes }: OprfOptions) {
  const context = contextString(group.suite, mode);
  const toGroup = join([label('HashToGroup-'), context]);
  const ending = label('Finalize');

  const keyOf = (secretKey: Uint8Array): BlindKey => ({ secretKey, publicKey: group.encode(group.multiplyBase(secretKey)) });
  const elementOf = (input: Uint8Array, i: number): E => {
    const element = group.hashToElement(checkInput(input, i + 1), toGroup);
    if (element === undefined) throw fail('ERR_BLIND_INPUT', { row: i + 1 });
    return element;
  };
  const output = (input: Uint8Array, rest: readonly Uint8Array[], element: E): Uint8Array =>
    group.hash(sized(input), ...rest, sized(group.encode(element)), ending);
  const checkKey = (secretKey: Uint8Array): Uint8Array => {
    if (!group.isKey(secretKey)) throw fail('ERR_BLIND_KEY');
    return secretKey;
  };

  const common = {
    suite: group.suite,
    backend: group.backend,
    generateKey: () => keyOf(group.randomScalar(random)),
    deriveKey(seed: Uint8Array, keyInfo: Uint8Array): BlindKey {
      if (seed.length !== SEED_BYTES) throw fail('ERR_BLIND_KEY');
      const dst = join([label('DeriveKeyPair'), context]);
      for (let counter = 0; counter < DERIVATIONS; counter++) {
        const secretKey = group.hashToScalar(join([seed, sized(checkInput(keyInfo)), Uint8Array.of(counter)]), dst);
        if (group.isKey(secretKey)) return keyOf(secretKey);
      }
      throw fail('ERR_BLIND_KEY');
    },
    blind(inputs: readonly Uint8Array[]): Blinded {
      checkBatch(inputs);
      const elements = inputs.map(elementOf);
      const blinds = inputs.map(() => group.randomScalar(random));
      return { blinds, elements: elements.map((element, i) => group.encode(group.multiply(element, blinds[i] as Uint8Array))) };
    },
  };

  return {
    common,
    context,
    random,
    key: checkKey,
    publicKey(bytes: Uint8Array): E {
      const element = group.decode(bytes);
      if (element === undefined) throw fail('ERR_BLIND_KEY');
      return element;
    },
    /** Elements from outside: a batch of `count`, or of any size. */
    decodeAll(batch: readonly Uint8Array[], count = batch.length): E[] {
      if (batch.length !== count) throw fail('ERR_BLIND_BATCH');
      checkBatch(batch);
      return batch.map((bytes, i) => {
        const element = group.decode(bytes);
        if (element === undefined) throw fail('ERR_BLIND_ELEMENT', { row: i + 1 });
        return element;
      });
    },
    unblind(
      inputs: readonly Uint8Array[],
      blinds: readonly Uint8Array[],
      evaluated: readonly E[],
      rest: readonly Uint8Array[],
    ): Uint8Array[] {
      if (inputs.length !== evaluated.length || blinds.length !== evaluated.length) throw fail('ERR_BLIND_BATCH');
      return evaluated.map((element, i) => {
        const inverse = group.invertScalar(checkKey(blinds[i] as Uint8Array));
        const unblinded = group.multiply(element, inverse);
        inverse.fill(0);
        return output(checkInput(inputs[i] as Uint8Array, i + 1), rest, unblinded);
      });
    },
    outputs: (key: Uint8Array, inputs: readonly Uint8Array[], rest: readonly Uint8Array[]): Uint8Array[] =>
      inputs.map((input, i) => output(input, rest, group.multiply(elementOf(input, i), key))),
  };
}

function checkBatch(batch: readonly unknown[]): void {
  if (batch.length < 1 || batch.length > LARGEST_BATCH) throw fail('ERR_BLIND_BATCH');
}
