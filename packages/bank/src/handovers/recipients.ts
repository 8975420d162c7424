/**
 * Recipients: who may be handed a customer's fields, with the one key that they are encrypted to and the one address that they go to. The
 * policy says who may receive what; this says where that is. Registered by the bank's operator.
 * @module
 */

import { createHash } from 'node:crypto';
import { looksLikeRawIdentifier, parseName } from '@numbra/core';
import { type EncryptionJwk, readEncryptionKey } from '@numbra/grants';
import { fitsEntry, writeEntry } from '@numbra/ledger';
import { checkPerson, type RequestedApproval, requestApproval } from '../approvals/request.js';
import { requireApproval } from '../approvals/require.js';
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

/** The act, as approvals call it. */
const ADD_ACT = 'add-recipient';

/**
 * Registers a recipient, or gives it another key, address or title: what is under way goes where it went. Where the policy wants two people
 * for its own change it wants them for this one: another key or address leads customers' fields elsewhere.
 *
 * @param by - who does it, a pseudonymous staff id, for the ledger
 * @throws `ERR_RECIPIENT_NAME`, `ERR_RECIPIENT_ADDRESS`, `ERR_RECIPIENT_KEY`, `ERR_APPROVAL_MISSING`; nothing was registered
 */
export async function addRecipient(context: BankContext, order: NewRecipient, by?: string): Promise<Recipient> {
  const { id, title, url, key } = readRecipient(order);
  if (by !== undefined) checkPerson(by, 'by');
  const addedAt = new Date(context.clock());
  await context.database.transaction(async (tx) => {
    const { people } = (await context.policies.refresh(tx)).approvals.policy;
    const required = { kind: ADD_ACT, subject: subjectOf({ id, title, url, key }), now: addedAt.getTime(), people };
    const approvals = people === 0 ? [] : [(await requireApproval(tx, required)).id];
    await tx.query(
      `INSERT INTO handover_recipient (id, title, url, jwk, added_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (id) DO UPDATE SET title = excluded.title, url = excluded.url, jwk = excluded.jwk, added_at = excluded.added_at`,
      [id, title, url, JSON.stringify(key), addedAt],
    );
    const entry = { recipient: id, key: thumbprintOf(key), ...(by !== undefined && { by }), ...(approvals.length > 0 && { approvals }) };
    await appendEntries(tx, [writeEntry('recipient.added', entry, { at: addedAt.getTime(), nonce: context.random(16) })]);
  });
  return { id, title, url, key, addedAt };
}

/**
 * Asks for approval of exactly this recipient, key and address.
 *
 * @param why - for the people who approve; it enters no ledger
 * @throws as {@link addRecipient}, and as `approvals.request`
 */
export async function requestRecipient(
  context: BankContext,
  order: NewRecipient,
  { by, why }: { readonly by: string; readonly why: string },
): Promise<RequestedApproval> {
  return requestApproval(context, { kind: ADD_ACT, subject: subjectOf(readRecipient(order)), requestedBy: by, reason: why });
}

function readRecipient({ id, title = id, url, jwks }: NewRecipient): Omit<Recipient, 'addedAt'> {
  const named = parseName(id) !== undefined && fitsEntry(id);
  if (!named || title.trim() === '' || title.length > LONGEST_TITLE || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(title))
    throw fail('ERR_RECIPIENT_NAME');
  // It goes to customers.
  if (looksLikeRawIdentifier(title) !== undefined) throw fail('ERR_RECIPIENT_NAME');
  if (!isAddress(url)) throw fail('ERR_RECIPIENT_ADDRESS');
  return { id, title, url, key: readEncryptionKey(jwks) };
}

/** What two people approve of. */
function subjectOf({ id, title, url, key }: Omit<Recipient, 'addedAt'>): Uint8Array {
  const said = JSON.stringify([id, title, url, Buffer.from(thumbprintOf(key)).toString('base64url'), key.kid]);
  return new Uint8Array(createHash('sha256').update(said).digest());
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
