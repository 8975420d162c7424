/**
 * Blind tokens: oblivious pseudorandom functions, RFC 9497. One side has a key, the other an input; the other learns F(key, input), and
 * neither learns more. Three modes: `oprf`, `voprf` with a proof that one key was used, `poprf` with a proof and bound to a public text,
 * `info`. A batch has one proof.
 *
 *     client: blind(inputs) → blinded elements →
 *     server:                                     evaluate(key, elements) → evaluated elements, proof →
 *     client:                                                                                            finalize(…) → outputs
 *
 * Not for a number alone: there are so few phones that whoever has the key, or may ask without limit, finds each one by trying all.
 * See match.ts for a protocol that holds both off. Written over a small interface of a group (group.ts), because @noble/curves has these
 * modes for its own points only.
 *
 * JavaScript promises no constant time; see noble-group.ts and sodium-group.ts for what each library does about it.
 * @module
 * @see https://www.rfc-editor.org/rfc/rfc9497
 */
import { fail } from '../errors.js';
import type { AnyGroup } from './group.js';
import { type AnyMode, type Blinded, type OprfOptions, partsOf } from './modes.js';
import { holds, prove } from './proof.js';
import { checkInput, join, label, sized } from './transcript.js';

/** A batch, evaluated. */
export interface Evaluated {
  readonly elements: readonly Uint8Array[];
  /** One for the batch. */
  readonly proof: Uint8Array;
}

/** What a client finalizes: all lists in the order of its inputs. */
export interface Finalizing {
  readonly publicKey: Uint8Array;
  readonly inputs: readonly Uint8Array[];
  readonly blinded: Blinded;
  readonly evaluated: Evaluated;
}

/** Without a proof: for a server that is trusted to keep to one key. */
export interface Oprf extends AnyMode {
  readonly mode: 'oprf';
  /** @throws `ERR_BLIND_KEY`, `ERR_BLIND_BATCH`, `ERR_BLIND_ELEMENT` with the row (1-based) */
  evaluate(secretKey: Uint8Array, elements: readonly Uint8Array[]): Uint8Array[];
  /** @throws `ERR_BLIND_BATCH`, `ERR_BLIND_ELEMENT` with the row */
  finalize(inputs: readonly Uint8Array[], blinds: readonly Uint8Array[], evaluated: readonly Uint8Array[]): Uint8Array[];
}

/** With one proof for a batch. */
export interface VerifiableOprf extends AnyMode {
  readonly mode: 'voprf' | 'poprf';
  /** @throws `ERR_BLIND_KEY`, `ERR_BLIND_BATCH`, `ERR_BLIND_ELEMENT` with the row (1-based) */
  evaluate(secretKey: Uint8Array, elements: readonly Uint8Array[]): Evaluated;
  /**
   * Verifies, then finalizes.
   *
   * @throws `ERR_BLIND_PROOF`: the proof does not hold for this key, `info` and batch; nothing was finalized
   * @throws `ERR_BLIND_KEY`: no public key · `ERR_BLIND_BATCH` · `ERR_BLIND_ELEMENT` with the row
   */
  finalize(batch: Finalizing): Uint8Array[];
}

/** Mode `oprf` in a group. */
export function createOprf(group: AnyGroup, options: OprfOptions = {}): Oprf {
  return group.use((of): Oprf => {
    const parts = partsOf(of, 'oprf', options);
    return {
      ...parts.common,
      mode: 'oprf',
      evaluate: (secretKey, elements) => {
        const key = parts.key(secretKey);
        return parts.decodeAll(elements).map((element) => of.encode(of.multiply(element, key)));
      },
      finalize: (inputs, blinds, evaluated) => parts.unblind(inputs, blinds, parts.decodeAll(evaluated), []),
      outputs: (secretKey, inputs) => parts.outputs(parts.key(secretKey), inputs, []),
    };
  });
}

/** Mode `voprf` in a group. */
export function createVoprf(group: AnyGroup, options: OprfOptions = {}): VerifiableOprf {
  return group.use((of): VerifiableOprf => {
    const parts = partsOf(of, 'voprf', options);
    return {
      ...parts.common,
      mode: 'voprf',
      evaluate: (secretKey, blinded) => {
        const key = parts.key(secretKey);
        const left = parts.decodeAll(blinded);
        const right = left.map((element) => of.multiply(element, key));
        const elements = right.map((element) => of.encode(element));
        const pairs = { left, right, leftBytes: blinded, rightBytes: elements };
        return { elements, proof: prove(of, parts.context, key, of.multiplyBase(key), pairs, parts.random) };
      },
      finalize: ({ publicKey, inputs, blinded, evaluated }) => {
        const left = parts.decodeAll(blinded.elements);
        const right = parts.decodeAll(evaluated.elements, left.length);
        const pairs = { left, right, leftBytes: blinded.elements, rightBytes: evaluated.elements };
        if (!holds(of, parts.context, parts.publicKey(publicKey), pairs, evaluated.proof)) throw fail('ERR_BLIND_PROOF');
        return parts.unblind(inputs, blinded.blinds, right, []);
      },
      outputs: (secretKey, inputs) => parts.outputs(parts.key(secretKey), inputs, []),
    };
  });
}

/**
 * Mode `poprf` in a group.
 *
 * @param info - the public text that outputs are bound to, at most 65,535 bytes; see `blindInfo`
 * @throws `ERR_BLIND_INPUT`: it is longer
 */
export function createPoprf(group: AnyGroup, info: Uint8Array, options: OprfOptions = {}): VerifiableOprf {
  const bound = Uint8Array.from(checkInput(info));
  return group.use((of): VerifiableOprf => {
    const parts = partsOf(of, 'poprf', options);
    const tweak = of.hashToScalar(join([label('Info'), sized(bound)]), join([label('HashToScalar-'), parts.context]));
    /** Key and tweak together; 0 would have no inverse, and whoever drew it must draw again (§ 3.3.3). */
    const tweaked = (secretKey: Uint8Array): Uint8Array => {
      const sum = of.addScalars(parts.key(secretKey), tweak);
      if (!of.isKey(sum)) throw fail('ERR_BLIND_KEY');
      return sum;
    };
    return {
      ...parts.common,
      mode: 'poprf',
      evaluate: (secretKey, blinded) => {
        const key = tweaked(secretKey);
        const inverse = of.invertScalar(key);
        try {
          // The tweaked key leads from the evaluated elements to the blinded ones: the proof's pairs stand the other way round.
          const right = parts.decodeAll(blinded);
          const left = right.map((element) => of.multiply(element, inverse));
          const elements = left.map((element) => of.encode(element));
          const pairs = { left, right, leftBytes: elements, rightBytes: blinded };
          return { elements, proof: prove(of, parts.context, key, of.multiplyBase(key), pairs, parts.random) };
        } finally {
          key.fill(0);
          inverse.fill(0);
        }
      },
      finalize: ({ publicKey, inputs, blinded, evaluated }) => {
        const key = of.add(of.multiplyBase(tweak), parts.publicKey(publicKey));
        if (of.isIdentity(key)) throw fail('ERR_BLIND_KEY');
        const right = parts.decodeAll(blinded.elements);
        const left = parts.decodeAll(evaluated.elements, right.length);
        const pairs = { left, right, leftBytes: evaluated.elements, rightBytes: blinded.elements };
        if (!holds(of, parts.context, key, pairs, evaluated.proof)) throw fail('ERR_BLIND_PROOF');
        return parts.unblind(inputs, blinded.blinds, left, [sized(bound)]);
      },
      outputs: (secretKey, inputs) => {
        const key = tweaked(secretKey);
        const inverse = of.invertScalar(key);
        try {
          return parts.outputs(inverse, inputs, [sized(bound)]);
        } finally {
          key.fill(0);
          inverse.fill(0);
        }
      },
    };
  });
}
