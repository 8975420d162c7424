/**
 * A vendor's statement that it deleted what it had received. Its signature is the whole credential: when the duty falls due the campaign is
 * closed, and nobody is granted anything for it.
 *
 * ```
 * {"at":"2027-02-01T00:00:00.000Z","campaign":"c-a","exports":["export_…"],"numbra":"deletion/1","vendor":"vendor-a"}    canonical JSON
 * ```
 * with a detached JWS, typ `numbra-deletion+jws`, over these bytes. Without `exports` it speaks of all lists of the campaign so far.
 * @module
 */
import { hash } from 'node:crypto';
import { type KeySource, thumbprint } from '@numbra/grants';
import { parseCanonicalJson, writeEntry } from '@numbra/ledger';
import type { BankContext } from '../context.js';
import { appendEntries } from '../ledger/append.js';
import { signerOf } from '../vendors/signer.js';

export interface DeletionOrder {
  /** As in the address that it was sent to. */
  readonly campaign: string;
  /** The statement's exact text. */
  readonly statement: string;
  /** Detached JWS, `header..signature`. */
  readonly signature: string;
  /** A vendor's keys; `undefined`: it has none. */
  readonly keysOf: (vendor: string) => Promise<KeySource | undefined>;
}

export type DeletionAnswer =
  | { readonly outcome: 'stated'; readonly statement: string }
  /** Not well formed, of no such campaign or export of that vendor, or not signed by it: one answer. */
  | { readonly outcome: 'invalid' };

interface Statement {
  readonly vendor: string;
  readonly exports?: readonly string[];
}

const INVALID: DeletionAnswer = { outcome: 'invalid' };
const LONGEST = 100_000;
const MOST_EXPORTS = 1_000;

/** Verifies, keeps and enters a statement. The same one again is answered alike and entered once. */
export async function stateDeletion(context: BankContext, order: DeletionOrder): Promise<DeletionAnswer> {
  const { campaign, statement, signature } = order;
  const said = parseStatement(statement, campaign);
  if (said === undefined) return INVALID;
  const keys = await order.keysOf(said.vendor);
  const signer = keys && (await signerOf(signature, statement, keys, 'deletion'));
  if (signer === undefined) return INVALID;
  const digest = `sha256:${hash('sha256', statement, 'hex')}`;
  const at = context.clock();
  return context.database.transaction(async (tx) => {
    const [found] = await tx.query<{ number: number }>('SELECT number FROM campaign WHERE id = $1 AND vendor = $2', [
      campaign,
      said.vendor,
    ]);
    if (found === undefined) return INVALID;
    if (said.exports !== undefined) {
      const known = await tx.query<{ id: string }>('SELECT id FROM export WHERE campaign = $1', [found.number]);
      if (!said.exports.every((id) => known.some((each) => each.id === id))) return INVALID;
    }
    const first = await tx.query(
      `INSERT INTO deletion_statement (digest, campaign, statement, signature, at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT DO NOTHING RETURNING 1`,
      [digest, found.number, statement, signature, new Date(at)],
    );
    if (first.length > 0) {
      const key = new Uint8Array(Buffer.from(thumbprint(signer.jwk), 'base64url'));
      const entry = { campaign, vendor: said.vendor, statement: digest, key, ...(said.exports !== undefined && { exports: said.exports }) };
      await appendEntries(tx, [writeEntry('deletion.stated', entry, { at, nonce: context.random(16) })]);
    }
    return { outcome: 'stated', statement: digest };
  });
}

function parseStatement(text: string, campaign: string): Statement | undefined {
  if (text.length > LONGEST) return undefined;
  let value: unknown;
  try {
    value = parseCanonicalJson(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { numbra, at, campaign: of, vendor, exports, ...more } = value as Record<string, unknown>;
  const isTime = typeof at === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(at);
  if (numbra !== 'deletion/1' || of !== campaign || typeof vendor !== 'string' || !isTime || Object.keys(more).length > 0) return undefined;
  if (exports === undefined) return { vendor };
  const isList = Array.isArray(exports) && exports.length > 0 && exports.length <= MOST_EXPORTS;
  return isList && exports.every((id): id is string => typeof id === 'string') ? { vendor, exports } : undefined;
}
