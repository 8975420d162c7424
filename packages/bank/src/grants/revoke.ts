/**
 * Revoking grants, and knowing which are revoked. A call is judged under locks by the row itself; for everything else that a
 * grant opens, this process knows all revocations that still matter, never older than half a second.
 * @module
 */
import type { GrantFacts } from '@numbra/grants';
import { writeEntry } from '@numbra/ledger';
import type { BankContext } from '../context.js';
import { appendEntries } from '../ledger/append.js';
import type { Database } from '../store/database.js';

export interface RevocationOrder {
  /** `grant_…`: ends the grant and every agent grant made from it. */
  readonly identifier: string;
  /** Only a grant of this vendor. */
  readonly vendor?: string;
}

/** Revokes a grant and the agents' grants made from it. @returns whether this changed anything */
export function revokeGrant(context: BankContext, { identifier, vendor }: RevocationOrder): Promise<boolean> {
  const at = context.clock();
  return context.database.transaction(async (tx) => {
    const [row] = await tx.query<{ vendor: string }>(
      `UPDATE issued_grant SET revoked_at = $2 WHERE identifier = $1 AND revoked_at IS NULL AND ($3::text IS NULL OR vendor = $3)
       RETURNING vendor`,
      [identifier, new Date(at), vendor ?? null],
    );
    if (row === undefined) return false;
    await tx.query('UPDATE agent_grant SET revoked_at = $2 WHERE identifier = $1 AND revoked_at IS NULL', [identifier, new Date(at)]);
    await appendEntries(tx, [writeEntry('grant.revoked', { grant: identifier, vendor: row.vendor }, { at, nonce: context.random(16) })]);
    await tx.query(`SELECT pg_notify('${REVOCATIONS_CHANNEL}', '')`);
    return true;
  });
}

/** Revokes one agent's grant and no other. @returns whether this changed anything */
export function revokeAgentGrant(context: BankContext, jti: string, vendor: string): Promise<boolean> {
  const at = context.clock();
  return context.database.transaction(async (tx) => {
    const [row] = await tx.query<{ identifier: string }>(
      `UPDATE agent_grant a SET revoked_at = $2 FROM issued_grant g
        WHERE a.jti = $1 AND a.revoked_at IS NULL AND g.identifier = a.identifier AND g.vendor = $3 RETURNING a.identifier`,
      [jti, new Date(at), vendor],
    );
    if (row === undefined) return false;
    await appendEntries(tx, [
      writeEntry('grant.revoked', { grant: row.identifier, vendor, reason: 'agent-grant' }, { at, nonce: context.random(16) }),
    ]);
    await tx.query(`SELECT pg_notify('${REVOCATIONS_CHANNEL}', '')`);
    return true;
  });
}

/** NOTIFY's channel; the payload says nothing. */
export const REVOCATIONS_CHANNEL = 'numbra_grants';

/** What this process believes may be so old. A revocation counts everywhere within a second. */
const OLDEST_MS = 500;

type Revoked = 'grant' | 'agent-grant' | 'vendor' | 'issued-before';

/** The revocations of grants that have not expired, as the store has them. */
export class Revocations {
  readonly #database: Database;
  readonly #clock: () => number;
  #known = new Map<Revoked, Set<string>>();
  #issuedBefore = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;
  /** A notice makes news known at once; without it they are known within {@link OLDEST_MS} all the same. */
  #listening: Promise<(() => Promise<void>) | undefined> | undefined;

  constructor(database: Database, clock: () => number) {
    this.#database = database;
    this.#clock = clock;
  }

  /** The next question is answered from the store: somebody said that it has news. */
  expire(): void {
    this.#lookedAt = Number.NEGATIVE_INFINITY;
  }

  /** Whether a grant that verifies was revoked: by itself, with its parent, with its vendor, or with all that were issued before a restore. */
  async includes(grant: GrantFacts, identifier: string): Promise<boolean> {
    this.#listening ??= this.#database.listen(REVOCATIONS_CHANNEL, () => this.expire()).catch(() => undefined);
    if (performance.now() - this.#lookedAt > OLDEST_MS) {
      this.#looking ??= this.#look().finally(() => {
        this.#looking = undefined;
      });
      await this.#looking;
    }
    const has = (kind: Revoked, id: string): boolean => this.#known.get(kind)?.has(id) === true;
    return (
      has('grant', identifier) || has('agent-grant', grant.jti) || has('vendor', grant.clientId) || grant.issuedAt < this.#issuedBefore
    );
  }

  async close(): Promise<void> {
    const stop = await this.#listening;
    await stop?.();
  }

  async #look(): Promise<void> {
    const began = performance.now();
    const rows = await this.#database.query<{ kind: Revoked; id: string }>(
      `SELECT 'grant' AS kind, identifier AS id FROM issued_grant WHERE revoked_at IS NOT NULL AND expires_at > $1
       UNION ALL SELECT 'agent-grant', jti FROM agent_grant WHERE revoked_at IS NOT NULL AND expires_at > $1
       UNION ALL SELECT 'vendor', id FROM vendor WHERE revoked_at IS NOT NULL
       UNION ALL SELECT 'issued-before', ceil(extract(epoch FROM minimum_issued_at) * 1000)::bigint::text
                   FROM bank WHERE minimum_issued_at > '-infinity'`,
      [new Date(this.#clock())],
    );
    const known = new Map<Revoked, Set<string>>();
    for (const { kind, id } of rows) known.set(kind, (known.get(kind) ?? new Set()).add(id));
    this.#known = known;
    this.#issuedBefore = Number([...(known.get('issued-before') ?? ['0'])][0]);
    this.#lookedAt = began;
  }
}
