/**
 * The Ed25519 key that signs checkpoints (C2SP signed note). Its seed lies in the store, sealed under bank key `store`;
 * whoever holds only the database cannot sign.
 * @see https://c2sp.org/signed-note
 * @module
 */
import { createNoteSigner, emptyRoot, type NoteSigner, type NoteVerifier, parseVerifierKey } from '@numbra/ledger';
import { fail } from '../errors.js';
import type { CellCipher } from '../store/cells.js';
import type { Queryable } from '../store/database.js';
import { sha256 } from './sha256.js';

const SEED_BYTES = 32;

export interface LogKey {
  /** The ledger's name, first line of every checkpoint. */
  readonly origin: string;
  /** `ORIGIN+ID+KEY`: what verifiers of this ledger are given. */
  readonly verifierKey: string;
  readonly signer: NoteSigner;
  /** This key, and keys that signed before it. */
  readonly verifiers: readonly NoteVerifier[];
}

export interface CreateLogKeyOptions {
  /** Seals the seed: bank key `store`. */
  readonly store: CellCipher;
  readonly origin: string;
  readonly random: (bytes: number) => Uint8Array;
  readonly at: Date;
}

/** Makes the ledger of a new bank: its key and its empty head. Part of the transaction that creates the bank. */
export async function createLogKey(tx: Queryable, { store, origin, random, at }: CreateLogKeyOptions): Promise<void> {
  const seed = Uint8Array.from(random(SEED_BYTES));
  const { verifierKey } = createNoteSigner(origin, seed);
  const kid = kidOf(verifierKey);
  await tx.query(
    `INSERT INTO signing_key (kid, use, algorithm, public_key, sealed, created_at) VALUES ($1, 'log', 'Ed25519', $2, $3, $4)`,
    [kid, verifierKey, store.seal(seed, context(kid)), at],
  );
  seed.fill(0);
  await tx.query(`INSERT INTO ledger_head (size, root, tail) VALUES (0, $1, '{}') ON CONFLICT DO NOTHING`, [emptyRoot(sha256)]);
}

interface KeyRow {
  readonly kid: string;
  readonly public_key: string;
  readonly sealed: Uint8Array;
  readonly retired: boolean;
}

/**
 * Opens the key in use.
 *
 * @throws `ERR_LEDGER_KEY`: there is none, or it was sealed under another keyring
 */
export async function loadLogKey(database: Queryable, store: CellCipher): Promise<LogKey> {
  const { rows, current } = await logKeys(database);
  const seed = current && store.open(current.sealed, context(current.kid));
  if (current === undefined || seed === undefined) throw fail('ERR_LEDGER_KEY');
  const origin = originOf(current.public_key);
  const signer = createNoteSigner(origin, seed);
  seed.fill(0);
  if (signer.verifierKey !== current.public_key) throw fail('ERR_LEDGER_KEY');
  return { origin, verifierKey: current.public_key, signer, verifiers: rows.map((row) => parseVerifierKey(row.public_key)) };
}

/**
 * The key in use as a process has it that verifies checkpoints and signs none.
 *
 * @throws `ERR_LEDGER_KEY`: there is none
 */
export async function loadLogVerifier(database: Queryable): Promise<LogKey> {
  const { rows, current } = await logKeys(database);
  if (current === undefined) throw fail('ERR_LEDGER_KEY');
  const origin = originOf(current.public_key);
  const { keyId } = parseVerifierKey(current.public_key);
  const sign = (): never => {
    throw fail('ERR_KEY_WITHHELD');
  };
  return {
    origin,
    verifierKey: current.public_key,
    signer: { name: origin, keyId, kind: 'log', verifierKey: current.public_key, sign },
    verifiers: rows.map((row) => parseVerifierKey(row.public_key)),
  };
}

async function logKeys(database: Queryable): Promise<{ readonly rows: readonly KeyRow[]; readonly current: KeyRow | undefined }> {
  const rows = await database.query<KeyRow>(
    `SELECT kid, public_key, sealed, retired_at IS NOT NULL AS retired FROM signing_key WHERE use = 'log' ORDER BY created_at DESC`,
  );
  return { rows, current: rows.find(({ retired }) => !retired) };
}

/** A verifier key is NAME+ID+KEY, and a name holds no `+`. */
const originOf = (verifierKey: string): string => verifierKey.slice(0, verifierKey.indexOf('+'));

const kidOf = (verifierKey: string): string => `log-${verifierKey.split('+')[1]}`;

const context = (kid: string): Uint8Array => new TextEncoder().encode(`signing_key\x1fsealed\x1f${kid}`);
