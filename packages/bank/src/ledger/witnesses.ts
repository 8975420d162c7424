/**
 * Witnesses of this ledger: whom to ask for a cosignature, with what, and what came back. Sequencing and publishing wait for nobody: a
 * witness that does not answer leaves checkpoints uncosigned, which everybody sees.
 *
 * The HTTP is the gateway's. A cosignature counts when it verifies under the key that the operator registered, whoever sent it.
 * @see https://c2sp.org/tlog-witness
 * @module
 */
import { openCheckpoint, parseVerifierKey, writeEntry } from '@numbra/ledger';
import { formatAddCheckpoint } from '@numbra/verify';
import { fail } from '../errors.js';
import type { Database } from '../store/database.js';
import { appendEntries } from './append.js';
import type { SignedCheckpoint } from './checkpoint-file.js';
import type { Publisher } from './publish.js';

export interface NewWitness {
  /** `NAME+ID+KEY`, as the witness published it. */
  readonly key: string;
  /** Where it listens; `/add-checkpoint` is appended. https, or http on loopback. */
  readonly url: string;
}

export interface WitnessView extends NewWitness {
  readonly name: string;
  readonly addedAt: Date;
  /** The largest checkpoint that it cosigned; 0: none. */
  readonly size: number;
  readonly cosignedAt?: Date;
  /** How it answered last, if it did not cosign: a code of tlog-witness's statuses, or `unreachable`. */
  readonly refusal?: string;
}

/** What to send to a witness. */
export interface WitnessOrder {
  readonly url: string;
  /** Of the checkpoint that it is asked to cosign. */
  readonly size: number;
  /** The body of `POST /add-checkpoint`. */
  readonly body: string;
}

export interface OrderOptions {
  /** `public`: what everybody is shown next (by default); `newest`: the newest one, for a receipt that is made now. */
  readonly of?: 'public' | 'newest';
  /** The size that the witness says it knows. */
  readonly from?: number;
}

export interface Witnesses {
  /** Registers a witness, or gives it another key or address. @throws `ERR_WITNESS_KEY`, `ERR_WITNESS_URL` */
  add(witness: NewWitness): Promise<{ readonly name: string }>;
  list(): Promise<WitnessView[]>;
  /** Its cosignatures stay. @throws `ERR_WITNESS_UNKNOWN` */
  remove(name: string): Promise<void>;
  /** What to ask a witness for now; `undefined`: it has cosigned that already, or knows more. @throws `ERR_WITNESS_UNKNOWN` */
  order(name: string, options?: OrderOptions): Promise<WitnessOrder | undefined>;
  /** Keeps what a witness sent back. @returns whether it holds a cosignature of that checkpoint by that witness */
  cosigned(name: string, size: number, lines: string): Promise<boolean>;
  /** Notes that it did not cosign. A refusal is an alert in the ledger, once until it cosigns again; silence is none. */
  refused(name: string, code: string): Promise<void>;
}

interface WitnessRow {
  readonly name: string;
  readonly public_key: string;
  readonly url: string;
  readonly added_at: Date;
  readonly size: bigint;
  readonly cosigned_at: Date | null;
  readonly refusal: string | null;
}

export interface WitnessesOptions {
  readonly database: Database;
  readonly publisher: Publisher;
  readonly clock: () => number;
  readonly random: (bytes: number) => Uint8Array;
  /** Proves that a ledger of `from` entries is the beginning of a checkpoint's. */
  readonly consistency: (from: number, to: SignedCheckpoint) => Promise<readonly Uint8Array[]>;
}

/** An answer of more is no answer: a witness sends one or two lines. */
const LONGEST_ANSWER = 4_096;
/** What a witness did not say: it could not be asked. */
const UNREACHABLE = 'unreachable';

export function witnessesOf({ database, publisher, clock, random, consistency }: WitnessesOptions): Witnesses {
  const find = async (name: string): Promise<WitnessRow> => {
    const [row] = await database.query<WitnessRow>('SELECT * FROM ledger_witness WHERE name = $1', [name]);
    if (row === undefined) throw fail('ERR_WITNESS_UNKNOWN');
    return row;
  };

  async function cosignatureOf(row: WitnessRow, size: number, lines: string): Promise<string | undefined> {
    const signed = lines.length <= LONGEST_ANSWER ? await publisher.ofSize(size) : undefined;
    if (signed === undefined) return undefined;
    const witness = parseVerifierKey(row.public_key);
    const trust = { logKeys: [...publisher.key.verifiers], witnesses: [witness], origin: publisher.key.origin };
    for (const line of lines.split('\n').map((text) => `${text}\n`)) {
      try {
        if (openCheckpoint(`${signed.note}${line}`, trust).cosignatures.length > 0) return line;
      } catch {
        // Not a line of this key over this checkpoint; another one may be.
      }
    }
    return undefined;
  }

  return {
    async add({ key, url }) {
      const name = nameOf(key);
      if (!isUrl(url)) throw fail('ERR_WITNESS_URL');
      await database.query(
        `INSERT INTO ledger_witness (name, public_key, url, added_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (name) DO UPDATE SET public_key = excluded.public_key, url = excluded.url, refusal = NULL, refused_at = NULL`,
        [name, key, url, new Date(clock())],
      );
      return { name };
    },
    async list() {
      const rows = await database.query<WitnessRow>('SELECT * FROM ledger_witness ORDER BY name');
      return rows.map(({ name, public_key, url, added_at, size, cosigned_at, refusal }) => ({
        name,
        key: public_key,
        url,
        addedAt: added_at,
        size: Number(size),
        ...(cosigned_at !== null && { cosignedAt: cosigned_at }),
        ...(refusal !== null && { refusal }),
      }));
    },
    async remove(name) {
      const gone = await database.query('DELETE FROM ledger_witness WHERE name = $1 RETURNING 1', [name]);
      if (gone.length === 0) throw fail('ERR_WITNESS_UNKNOWN');
    },
    async order(name, { of = 'public', from } = {}) {
      const row = await find(name);
      const signed = of === 'newest' ? await publisher.newest() : await publisher.candidate();
      if (signed === undefined) return undefined;
      const known = await database.query('SELECT 1 FROM ledger_cosignature WHERE size = $1 AND witness = $2', [signed.size, name]);
      const oldSize = from ?? Number(row.size);
      // What other witnesses signed is no business of this one: the note is sent as the ledger signed it.
      const note = await publisher.bareOf(signed.size);
      if (note === undefined || known.length > 0 || oldSize > signed.size) return undefined;
      return { url: row.url, size: signed.size, body: formatAddCheckpoint({ oldSize, proof: await consistency(oldSize, signed), note }) };
    },
    async cosigned(name, size, lines) {
      const line = await cosignatureOf(await find(name), size, lines);
      if (line === undefined) return false;
      const at = new Date(clock());
      await database.transaction(async (tx) => {
        await tx.query(
          `INSERT INTO ledger_cosignature (size, witness, line, at) VALUES ($1, $2, $3, $4)
           ON CONFLICT (size, witness) DO UPDATE SET line = excluded.line, at = excluded.at`,
          [size, name, line, at],
        );
        await tx.query(
          'UPDATE ledger_witness SET size = greatest(size, $2), cosigned_at = $3, refusal = NULL, refused_at = NULL WHERE name = $1',
          [name, size, at],
        );
      });
      return true;
    },
    async refused(name, code) {
      const at = clock();
      await database.transaction(async (tx) => {
        const [before] = await tx.query<{ refusal: string | null }>('SELECT refusal FROM ledger_witness WHERE name = $1 FOR UPDATE', [
          name,
        ]);
        if (before === undefined || before.refusal === code) return;
        await tx.query('UPDATE ledger_witness SET refusal = $2, refused_at = $3 WHERE name = $1', [name, code, new Date(at)]);
        if (code === UNREACHABLE) return;
        await appendEntries(tx, [writeEntry('alert', { code: `witness-${code}` }, { at, nonce: random(16) })]);
      });
    },
  };
}

/** @throws `ERR_WITNESS_KEY` */
function nameOf(key: string): string {
  try {
    const { name, kind } = parseVerifierKey(key);
    if (kind === 'witness') return name;
  } catch {
    // The same error as for a key of another kind.
  }
  throw fail('ERR_WITNESS_KEY');
}

function isUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, search, hash } = new URL(text);
  const loopback = hostname === '127.0.0.1' || hostname === 'localhost' || hostname === '[::1]';
  return (protocol === 'https:' || (protocol === 'http:' && loopback)) && username === '' && search === '' && hash === '';
}
