/**
 * Recipients: who may be handed a customer's fields, with the one key that they are encrypted to and the one address that they go to. The
 * policy says who may receive what; this says where that is. Registered by the bank's operator.
 * @module
 */

import { createHash } from 'node:crypto';
import { looksLikeRawIdentifier, parseName } from '@numbra/core';
import { type EncryptionJwk, readEncryptionKey } from '@numbra/grants';
import { fitsEntry, writeEntry } from '@numbra/ledger';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { appendEntries } from '../ledger/append.js';
import type { Queryable } from '../store/database.js';

export interface NewRecipient {
  /** As the policy names it. */
  readonly id: string;
  /** As customers know it: it stands in the message that asks them. The name by default. */
  readonly title?: string;
  /** Where handovers are posted. */
  readonly url: string;
  /** A JWK Set with one key: see `readEncryptionKey` of @numbra/grants. */
  readonly jwks: unknown;
}

export interface Recipient {
  readonly id: string;
  readonly title: string;
  readonly url: string;
  readonly key: EncryptionJwk;
  readonly addedAt: Date;
}

const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);
const LONGEST_TITLE = 64;

/**
 * Registers a recipient, or gives it another key, address or title: what is under way goes where it went.
 *
 * @throws `ERR_RECIPIENT_NAME`, `ERR_RECIPIENT_ADDRESS`, `ERR_RECIPIENT_KEY`; nothing was registered
 */
export async function addRecipient(context: BankContext, { id, title = id, url, jwks }: NewRecipient): Promise<Recipient> {
  const named = parseName(id) !== undefined && fitsEntry(id);
  if (!named || title.trim() === '' || title.length > LONGEST_TITLE || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(title))
    throw fail('ERR_RECIPIENT_NAME');
  // It goes to customers.
  if (looksLikeRawIdentifier(title) !== undefined) throw fail('ERR_RECIPIENT_NAME');
  if (!isAddress(url)) throw fail('ERR_RECIPIENT_ADDRESS');
  const key = readEncryptionKey(jwks);
  const addedAt = new Date(context.clock());
  await context.database.transaction(async (tx) => {
    await tx.query(
      `INSERT INTO handover_recipient (id, title, url, jwk, added_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (id) DO UPDATE SET title = excluded.title, url = excluded.url, jwk = excluded.jwk, added_at = excluded.added_at`,
      [id, title, url, JSON.stringify(key), addedAt],
    );
    const entry = { recipient: id, key: thumbprintOf(key) };
    await appendEntries(tx, [writeEntry('recipient.added', entry, { at: addedAt.getTime(), nonce: context.random(16) })]);
  });
  return { id, title, url, key, addedAt };
}

interface RecipientRow {
  readonly id: string;
  readonly title: string;
  readonly url: string;
  readonly jwk: string;
  readonly added_at: Date;
}

const COLUMNS = 'id, title, url, jwk, added_at';

export async function listRecipients({ database }: BankContext): Promise<Recipient[]> {
  return (await database.query<RecipientRow>(`SELECT ${COLUMNS} FROM handover_recipient ORDER BY id`)).map(recipientOf);
}

/** @returns `undefined`: there is none of this name */
export async function findRecipient(queryable: Queryable, id: string): Promise<Recipient | undefined> {
  const [row] = await queryable.query<RecipientRow>(`SELECT ${COLUMNS} FROM handover_recipient WHERE id = $1`, [id]);
  return row && recipientOf(row);
}

function recipientOf({ id, title, url, jwk, added_at: addedAt }: RecipientRow): Recipient {
  return { id, title, url, key: JSON.parse(jwk) as EncryptionJwk, addedAt };
}

function isAddress(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK_HOSTS.has(url.hostname));
}

/** RFC 7638 § 3.2: the required members in lexicographic order. */
function thumbprintOf({ crv, kty, x, y }: EncryptionJwk): Uint8Array {
  return new Uint8Array(
    createHash('sha256')
      .update(JSON.stringify({ crv, kty, x, ...(y !== undefined && { y }) }))
      .digest(),
  );
}
