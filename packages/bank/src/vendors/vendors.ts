/**
 * Vendors: who may hold grants, and the public keys they prove themselves by.
 * @module
 */
import { parseName } from '@numbra/core';
import { type Jwks, readKeySet, thumbprint } from '@numbra/grants';
import { fitsEntry, writeEntry } from '@numbra/ledger';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { appendEntries } from '../ledger/append.js';
import { isDuplicate } from '../store/store-error.js';

export interface Vendor {
  readonly id: string;
  readonly jwks: Jwks;
  readonly addedAt: Date;
  /** Since when no grant is issued to it. */
  readonly revokedAt?: Date;
}

export interface Vendors {
  /**
   * Registers a vendor with its public keys.
   *
   * @throws `ERR_VENDOR_NAME`, `ERR_VENDOR_EXISTS`, and what @numbra/grants throws for wrong keys; nothing was changed
   */
  add(vendor: { readonly id: string; readonly jwks: Jwks }): Promise<void>;
  get(id: string): Promise<Vendor | undefined>;
  list(): Promise<Vendor[]>;
}

interface VendorRow {
  readonly id: string;
  readonly jwks: string;
  readonly added_at: Date;
  readonly revoked_at: Date | null;
}

export function vendorsOf(context: BankContext): Vendors {
  const { database } = context;
  return {
    async add({ id, jwks }) {
      if (parseName(id) === undefined || !fitsEntry(id)) throw fail('ERR_VENDOR_NAME');
      readKeySet(jwks);
      const at = context.clock();
      try {
        await database.transaction(async (tx) => {
          await tx.query('INSERT INTO vendor (id, jwks, added_at) VALUES ($1, $2, $3)', [id, JSON.stringify(jwks), new Date(at)]);
          const keys = jwks.keys.map((key) => new Uint8Array(Buffer.from(thumbprint(key), 'base64url')));
          await appendEntries(tx, [writeEntry('vendor.added', { vendor: id, keys }, { at, nonce: context.random(16) })]);
        });
      } catch (error) {
        if (isDuplicate(error, 'vendor_pkey')) throw fail('ERR_VENDOR_EXISTS');
        throw error;
      }
    },
    async get(id) {
      const [row] = await database.query<VendorRow>('SELECT id, jwks, added_at, revoked_at FROM vendor WHERE id = $1', [id]);
      return row && vendorOf(row);
    },
    async list() {
      return (await database.query<VendorRow>('SELECT id, jwks, added_at, revoked_at FROM vendor ORDER BY id')).map(vendorOf);
    },
  };
}

function vendorOf({ id, jwks, added_at, revoked_at }: VendorRow): Vendor {
  const vendor = { id, jwks: JSON.parse(jwks) as Jwks, addedAt: added_at };
  return revoked_at === null ? vendor : { ...vendor, revokedAt: revoked_at };
}
