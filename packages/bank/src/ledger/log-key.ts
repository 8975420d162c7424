/**
 * The Ed25519 keys that sign checkpoints (C2SP signed note). Their seeds lie in the store, sealed under bank key `store`;
 * whoever holds only the database cannot sign.
 *
 * All keys of a ledger have its origin as their name and differ by their id. A rotated key goes on signing beside the new one for a
 * while: a note carries both signatures, so that whoever knows only the old key still verifies, and has time to learn the new one.
 * @see https://c2sp.org/signed-note
 * @module
 */
import { createNoteSigner, emptyRoot, type NoteSigner, type NoteVerifier, parseVerifierKey, writeEntry } from '@numbra/ledger';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import type { CellCipher } from '../store/cells.js';
import type { Queryable } from '../store/database.js';
import { appendEntries } from './append.js';
import { sha256 } from './sha256.js';

const SEED_BYTES = 32;
/** How long a rotated key signs beside the new one. */
const OVERLAP_MS = 30 * 86_400_000;

export interface LogKey {
  /** The ledger's name, first line of every checkpoint. */
  readonly origin: string;
  /** `ORIGIN+ID+KEY`: what verifiers of this ledger are given. */
  readonly verifierKey: string;
  /** The key in use, and those before it that still sign beside it. */
  readonly signers: readonly NoteSigner[];
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
export async function createLogKey(tx: Queryable, options: CreateLogKeyOptions): Promise<void> {
  await insertLogKey(tx, options);
  await tx.query(`INSERT INTO ledger_head (size, root, tail) VALUES (0, $1, '{}') ON CONFLICT DO NOTHING`, [emptyRoot(sha256)]);
}

async function insertLogKey(tx: Queryable, { store, origin, random, at }: CreateLogKeyOptions): Promise<string> {
  const seed = Uint8Array.from(random(SEED_BYTES));
  const { verifierKey } = createNoteSigner(origin, seed);
  const kid = kidOf(verifierKey);
  await tx.query(
    `INSERT INTO signing_key (kid, use, algorithm, public_key, sealed, created_at) VALUES ($1, 'log', 'Ed25519', $2, $3, $4)`,
    [kid, verifierKey, store.seal(seed, context(kid)), at],
  );
  seed.fill(0);
  return verifierKey;
}

export interface RotatedLogKey {
  /** Give it to everybody who verifies this ledger; they keep the previous one for older checkpoints. */
  readonly verifierKey: string;
  readonly previous: string;
  /** Until then checkpoints carry both signatures. */
  readonly previousUntil: Date;
}

/** Puts a new log key in place. Every process of the bank signs by it within a minute. */
export async function rotateLogKey(bank: BankContext, options: { readonly by?: string } = {}): Promise<RotatedLogKey> {
  const at = bank.clock();
  const until = new Date(at + OVERLAP_MS);
  return bank.database.transaction(async (tx) => {
    // The row of the key in use is locked: two rotations at once come one after the other.
    const [current] = await tx.query<{ kid: string; public_key: string }>(
      `SELECT kid, public_key FROM signing_key WHERE use = 'log' AND retired_at IS NULL ORDER BY created_at DESC LIMIT 1 FOR UPDATE`,
    );
    if (current === undefined) throw fail('ERR_LEDGER_KEY');
    const verifierKey = await insertLogKey(tx, {
      store: bank.keys.store,
      origin: bank.logOrigin,
      random: bank.random,
      at: new Date(at),
    });
    await tx.query('UPDATE signing_key SET retired_at = $2 WHERE kid = $1', [current.kid, until]);
    const hashOf = (key: string): Uint8Array => sha256(parseVerifierKey(key).publicKey);
    const entry = { use: 'ledger', key: hashOf(verifierKey), previous: hashOf(current.public_key), ...options } as const;
    await appendEntries(tx, [writeEntry('key.rotated', entry, { at, nonce: bank.random(16) })]);
    return { verifierKey, previous: current.public_key, previousUntil: until };
  });
}

interface KeyRow {
  readonly kid: string;
  readonly public_key: string;
  readonly sealed: Uint8Array;
  readonly retired_at: Date | null;
}

/**
 * Opens the keys that sign now.
 *
 * @param now - milliseconds since the epoch
 * @throws `ERR_LEDGER_KEY`: there is none, or it was sealed under another keyring
 */
export async function loadLogKey(database: Queryable, store: CellCipher, now: number): Promise<LogKey> {
  const { rows, current } = await logKeys(database);
  if (current === undefined) throw fail('ERR_LEDGER_KEY');
  const origin = originOf(current.public_key);
  const signing = rows.filter((row) => row === current || (row.retired_at !== null && row.retired_at.getTime() > now));
  const signers = signing.map((row) => {
    const seed = store.open(row.sealed, context(row.kid));
    if (seed === undefined) throw fail('ERR_LEDGER_KEY');
    const signer = createNoteSigner(origin, seed);
    seed.fill(0);
    if (signer.verifierKey !== row.public_key) throw fail('ERR_LEDGER_KEY');
    return signer;
  });
  return { origin, verifierKey: current.public_key, signers, verifiers: rows.map((row) => parseVerifierKey(row.public_key)) };
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
    signers: [{ name: origin, keyId, kind: 'log', verifierKey: current.public_key, sign }],
    verifiers: rows.map((row) => parseVerifierKey(row.public_key)),
  };
}

/** Every key that signs or signed, as it is published; the one in use first. */
export async function publishedLogKeys(database: Queryable): Promise<string[]> {
  return (await logKeys(database)).rows.map((row) => row.public_key);
}

/** Newest first; the one in use has no end. */
async function logKeys(database: Queryable): Promise<{ readonly rows: readonly KeyRow[]; readonly current: KeyRow | undefined }> {
  const rows = await database.query<KeyRow>(
    `SELECT kid, public_key, sealed, retired_at FROM signing_key WHERE use = 'log' ORDER BY retired_at IS NULL DESC, created_at DESC`,
  );
  return { rows, current: rows.find(({ retired_at }) => retired_at === null) };
}

/** A verifier key is NAME+ID+KEY, and a name holds no `+`. */
const originOf = (verifierKey: string): string => verifierKey.slice(0, verifierKey.indexOf('+'));

const kidOf = (verifierKey: string): string => `log-${verifierKey.split('+')[1]}`;

const context = (kid: string): Uint8Array => new TextEncoder().encode(`signing_key\x1fsealed\x1f${kid}`);
