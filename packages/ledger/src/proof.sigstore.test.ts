import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { makeLedger, sha256 } from '../../../tests/support/ledgers.js';
import { openTiles } from './tile-tree.js';

/** Sigstore's own verification of an entry in its log, which has the same tree. It is not exported, so its shape is given here. */
const { verifyMerkleInclusion } = createRequire(import.meta.url)('@sigstore/verify/dist/tlog/merkle.js') as {
  verifyMerkleInclusion: (
    entry: {
      readonly inclusionProof: { readonly logIndex: string; readonly hashes: readonly Buffer[] };
      readonly canonicalizedBody: Buffer;
    },
    checkpoint: { readonly logSize: bigint; readonly logHash: Buffer },
  ) => void;
};

describe("sigstore's Merkle code", () => {
  it.each([1, 2, 3, 255, 256, 257, 700])('agrees with every tenth proof of a ledger of %i entries, and on what is wrong', async (size) => {
    const { bodies, root, source } = makeLedger(size);
    const tree = openTiles(sha256, source, { size, root });
    for (let index = 0; index < size; index += index < size - 10 ? 10 : 1) {
      const { proof } = await tree.inclusion(index);
      const entry = (body: string, hashes: readonly Uint8Array[]) => ({
        canonicalizedBody: Buffer.from(body),
        inclusionProof: { logIndex: String(index), hashes: hashes.map((hash) => Buffer.from(hash)) },
      });
      const checkpoint = { logSize: BigInt(size), logHash: Buffer.from(root) };
      expect(() => verifyMerkleInclusion(entry(bodies[index]!, proof), checkpoint)).not.toThrow();
      expect(() => verifyMerkleInclusion(entry(`${bodies[index]} `, proof), checkpoint)).toThrow('does not match');
      expect(() => verifyMerkleInclusion(entry(bodies[index]!, [...proof, root]), checkpoint)).toThrow('invalid hash count');
    }
  });
});
