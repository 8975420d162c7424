import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../tests/support/ledgers.js';
import { concat, utf8 } from './bytes.js';
import { rowLeaf, subjectLeaf, subjectOf, subjectsOf } from './subject.js';

const key = new Uint8Array(32).map((_, i) => i);
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe('a subject', () => {
  it('is the first 16 bytes of HMAC-SHA-256 over label, origin and n, as node computes it', () => {
    fc.assert(
      fc.property(bytes32, fc.webUrl(), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (customerKey, origin, n) => {
        const number = Buffer.alloc(8);
        number.writeBigUInt64BE(BigInt(n));
        const mac = createHmac('sha256', customerKey).update(`numbra/v1/subject\x1f${origin}\x1f`).update(number).digest();
        expect(Buffer.from(subjectOf(sha256, customerKey, origin, n))).toEqual(mac.subarray(0, 16));
      }),
    );
  });

  it('differs by use, by customer and by ledger, and repeats otherwise', () => {
    const of = subjectsOf(sha256, 'bank.example/ledger');
    const all = [
      of(key, 1),
      of(key, 2),
      of(
        key.map((byte) => byte ^ 1),
        1,
      ),
      subjectOf(sha256, key, 'other.example/ledger', 1),
    ];
    expect(new Set(all.map(String)).size).toBe(4);
    expect(of(key, 1)).toEqual(all[0]);
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 53])('has no n of %s', async (n) => {
    await expect(() => subjectOf(sha256, key, 'o', n)).toFailWith('ERR_LEDGER_ARGUMENT');
  });

  it('has no key of another length', async () => {
    await expect(() => subjectOf(sha256, key.subarray(1), 'o', 1)).toFailWith('ERR_LEDGER_ARGUMENT');
  });
});

describe('the leaf of an exported row', () => {
  it('binds subject and row under the prefix of a leaf', () => {
    const subject = subjectOf(sha256, key, 'o', 1);
    const rowHash = sha256(utf8('nr1_x,nd1_y,*********34'));
    expect(rowLeaf(sha256, subject, rowHash)).toEqual(sha256(concat(Uint8Array.of(0), subject, rowHash)));
    expect(subjectLeaf(sha256, subject)).toEqual(sha256(concat(Uint8Array.of(0), subject)));
  });
});
