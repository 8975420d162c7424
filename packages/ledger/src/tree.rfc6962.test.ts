import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../tests/support/ledgers.js';
import { hexOf } from './bytes.js';
import { emptyRoot, leafHash, nodeHash, type Sha256, sha256FromHex } from './hash.js';
import { createTreeBuilder, rootOf } from './tree.js';

/** The eight reference leaves of Certificate Transparency and the roots over the first n of them. */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map((hex) =>
  leafHash(sha256, new Uint8Array(Buffer.from(hex, 'hex'))),
);
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

/** The definition of § 2.1, word for word and slow. */
function definition(sha: Sha256, leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return emptyRoot(sha);
  if (leaves.length === 1) return leaves[0]!;
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return nodeHash(sha, definition(sha, leaves.slice(0, k)), definition(sha, leaves.slice(k)));
}

describe('the tree of RFC 6962', () => {
  it.each(ROOTS.map((root, size) => ({ root, size })))('has the reference root over $size leaves', ({ root, size }) => {
    expect(hexOf(rootOf(sha256, LEAVES.slice(0, size)))).toBe(root);
  });

  it('has the root of the definition for any number of leaves, at every size on the way', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 70 }), (leaves) => {
        const builder = createTreeBuilder(sha256);
        leaves.forEach((leaf, i) => {
          expect(builder.root()).toEqual(definition(sha256, leaves.slice(0, i)));
          builder.add(leaf);
        });
        expect(builder.size).toBe(leaves.length);
        expect(builder.root()).toEqual(definition(sha256, leaves));
      }),
      { numRuns: 50 },
    );
  });

  it('takes a string as UTF-8', () => {
    expect(leafHash(sha256, 'péché')).toEqual(leafHash(sha256, new Uint8Array(Buffer.from('péché'))));
  });

  it('hashes alike whether SHA-256 prints hex, one character a byte, or bytes', () => {
    const plain: Sha256 = (bytes) => sha256(bytes);
    const hex = sha256FromHex((bytes) => Buffer.from(sha256(bytes)).toString('hex'));
    expect(rootOf(hex, LEAVES)).toEqual(rootOf(sha256, LEAVES));
    expect(rootOf(plain, LEAVES)).toEqual(rootOf(sha256, LEAVES));
  });
});
