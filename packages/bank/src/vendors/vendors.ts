/**
 * Vendors: who may hold grants, and what they prove themselves by: public keys registered here or at an address of their
 * own, a TLS client certificate, or both.
 * @module
 */
import { parseName } from '@numbra/core';
import { type Jwks, readKeySet, thumbprint } from '@numbra/grants';
import { fitsEntry, writeEntry } from '@numbra/ledger';
import { checkPerson } from '../approvals/request.js';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { REVOCATIONS_CHANNEL } from '../grants/revoke.js';
import { appendEntries } from '../ledger/append.js';
import { textArray } from '../store/arrays.js';
import { isDuplicate } from '../store/store-error.js';

export interface Vendor {
  readonly id: string;
  /** Its keys; empty where they lie at `jwksUri`. */
  readonly jwks: Jwks;
  /** Where its keys lie. The gateway fetches them. */
  readonly jwksUri?: string;
  readonly certificate?: ClientCertificate;
  readonly addedAt: Date;
  /** Since when no grant is issued to it. */
  readonly revokedAt?: Date;
}

/**
 * How a vendor's TLS client certificate is recognised (RFC 8705 § 2): `self-signed` by its SHA-256, base64url, one or two
 * while it is replaced; `pki` by a DNS name in it, when an authority that the gateway trusts for clients has signed it.
 */
export type ClientCertificate =
  | { readonly method: 'self-signed'; readonly thumbprints: readonly string[] }
  | { readonly method: 'pki'; readonly dnsName: string };

/** At least one of keys, address and certificate; keys and an address exclude each other. */
export interface NewVendor {
  readonly id: string;
  readonly jwks?: Jwks;
  /** https, or http on loopback for trying out; spelt as a URL parser gives it back. */
  readonly jwksUri?: string;
  readonly certificate?: ClientCertificate;
}

export interface Vendors {
  /**
   * Registers a vendor with what it proves itself by.
   *
   * @throws `ERR_VENDOR_NAME`, `ERR_VENDOR_EXISTS`, `ERR_VENDOR_PROOF`, and what @numbra/grants throws for wrong keys; nothing was changed
   */
  add(vendor: NewVendor): Promise<void>;
  /**
   * Ends a vendor: no grant is issued to it any more, and those that it holds open nothing, from the next decision on, on every gateway.
   * Its lists stay in the records; withdraw or shred its campaigns for what lies there.
   *
   * @param options.by - who does it
   * @returns grants that had not expired, or `undefined`: it was revoked before
   * @throws `ERR_VENDOR_UNKNOWN`; nothing was changed
   */
  revoke(id: string, options?: { readonly by?: string }): Promise<{ readonly grants: number } | undefined>;
  get(id: string): Promise<Vendor | undefined>;
  list(): Promise<Vendor[]>;
}

interface VendorRow {
  readonly id: string;
  readonly jwks: string;
  readonly jwks_uri: string | null;
  readonly certificate: string | null;
  readonly added_at: Date;
  readonly revoked_at: Date | null;
}

const COLUMNS = 'id, jwks, jwks_uri, certificate, added_at, revoked_at';

export function vendorsOf(context: BankContext): Vendors {
  const { database } = context;
  return {
    async add({ id, jwks, jwksUri, certificate }) {
      if (parseName(id) === undefined || !fitsEntry(id)) throw fail('ERR_VENDOR_NAME');
      if (jwks !== undefined) readKeySet(jwks);
      const keyed = jwks !== undefined || jwksUri !== undefined;
      if ((jwks !== undefined && jwksUri !== undefined) || (!keyed && certificate === undefined)) throw fail('ERR_VENDOR_PROOF');
      if (jwksUri !== undefined && !isKeyAddress(jwksUri)) throw fail('ERR_VENDOR_PROOF', { field: 'jwksUri' });
      if (certificate !== undefined && !isCertificate(certificate)) throw fail('ERR_VENDOR_PROOF', { field: 'certificate' });
      const at = context.clock();
      const row = [
        id,
        JSON.stringify(jwks ?? { keys: [] }),
        jwksUri ?? null,
        certificate ? JSON.stringify(certificate) : null,
        new Date(at),
      ];
      try {
        await database.transaction(async (tx) => {
          await tx.query('INSERT INTO vendor (id, jwks, jwks_uri, certificate, added_at) VALUES ($1, $2, $3, $4, $5)', row);
          const keys = jwks?.keys.map((key) => new Uint8Array(Buffer.from(thumbprint(key), 'base64url')));
          const entry = { vendor: id, ...(keys !== undefined && { keys }) };
          await appendEntries(tx, [writeEntry('vendor.added', entry, { at, nonce: context.random(16) })]);
        });
      } catch (error) {
        if (isDuplicate(error, 'vendor_pkey')) throw fail('ERR_VENDOR_EXISTS');
        throw error;
      }
    },
    revoke: (id, options) => revokeVendor(context, id, options),
    async get(id) {
      const [row] = await database.query<VendorRow>(`SELECT ${COLUMNS} FROM vendor WHERE id = $1`, [id]);
      return row && vendorOf(row);
    },
    async list() {
      return (await database.query<VendorRow>(`SELECT ${COLUMNS} FROM vendor ORDER BY id`)).map(vendorOf);
    },
  };
}

async function revokeVendor(
  context: BankContext,
  id: string,
  { by }: { readonly by?: string } = {},
): Promise<{ readonly grants: number } | undefined> {
  if (by !== undefined) checkPerson(by, 'by');
  const now = context.clock();
  const at = new Date(now);
  return context.database.transaction(async (tx) => {
    const changed = await tx.query('UPDATE vendor SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING 1', [id, at]);
    if (changed.length === 0) {
      if ((await tx.query('SELECT 1 FROM vendor WHERE id = $1', [id])).length === 0) throw fail('ERR_VENDOR_UNKNOWN');
      return undefined;
    }
    // The vendor's row alone would do here; each grant's is for who verifies by status lists.
    const revoked = await tx.query<{ identifier: string }>(
      'UPDATE issued_grant SET revoked_at = $2 WHERE vendor = $1 AND revoked_at IS NULL AND expires_at > $2 RETURNING identifier',
      [id, at],
    );
    await tx.query(
      `UPDATE agent_grant SET revoked_at = $2 WHERE identifier = ANY ($1::text::text[]) AND revoked_at IS NULL AND expires_at > $2`,
      [textArray(revoked.map(({ identifier }) => identifier)), at],
    );
    const grants = revoked.length;
    const entry = { vendor: id, grants, ...(by !== undefined && { by }) };
    await appendEntries(tx, [writeEntry('vendor.revoked', entry, { at: now, nonce: context.random(16) })]);
    await tx.query(`SELECT pg_notify('${REVOCATIONS_CHANNEL}', '')`);
    return { grants };
  });
}

function vendorOf({ id, jwks, jwks_uri, certificate, added_at, revoked_at }: VendorRow): Vendor {
  return {
    id,
    jwks: JSON.parse(jwks) as Jwks,
    ...(jwks_uri !== null && { jwksUri: jwks_uri }),
    ...(certificate !== null && { certificate: JSON.parse(certificate) as ClientCertificate }),
    addedAt: added_at,
    ...(revoked_at !== null && { revokedAt: revoked_at }),
  };
}

const LONGEST_ADDRESS = 512;
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Which hosts are asked, and where their names may lead, is the gateway's configuration. */
function isKeyAddress(text: string): boolean {
  if (text.length > LONGEST_ADDRESS || !URL.canParse(text)) return false;
  const url = new URL(text);
  const secure = url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname));
  return secure && url.href === text && url.username === '' && url.password === '' && url.hash === '';
}

const MOST_CERTIFICATES = 2;

function isCertificate(certificate: ClientCertificate): boolean {
  switch (certificate.method) {
    case 'self-signed': {
      const { thumbprints } = certificate;
      return thumbprints.length >= 1 && thumbprints.length <= MOST_CERTIFICATES && thumbprints.every(isSha256);
    }
    case 'pki':
      return certificate.dnsName.length <= 253 && /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*$/.test(certificate.dnsName);
    default:
      certificate satisfies never;
      return false;
  }
}

const isSha256 = (text: string): boolean =>
  /^[A-Za-z0-9_-]{43}$/.test(text) && Buffer.from(text, 'base64url').toString('base64url') === text;
