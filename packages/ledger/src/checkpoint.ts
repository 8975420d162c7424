/**
 * Checkpoints (C2SP tlog-checkpoint): the signed head of a ledger, three lines in a signed note.
 *
 * ```
 * bank.example/ledger          origin: which ledger
 * 20852163                     size: how many entries
 * CsUYapGG…I=                  root over them, base64
 * ```
 * @see https://c2sp.org/tlog-checkpoint
 * @module
 */
import { base64Of, parseBase64 } from './bytes.js';
import { fail } from './errors.js';
import { HASH_BYTES } from './hash.js';
import { type NoteSignature, openNote, signNote } from './note.js';
import type { NoteSigner, NoteVerifier } from './note-keys.js';

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
  /** Further lines, opaque; none in ours. */
  readonly extensions?: readonly string[];
}

/** The text that is signed. `ERR_CHECKPOINT_MALFORMED` when it could not be read again. */
export function formatCheckpoint(checkpoint: Checkpoint): string {
  const { origin, size, root, extensions = [] } = checkpoint;
  const lines = [origin, String(size), base64Of(root), ...extensions];
  const text = lines.map((line) => `${line}\n`).join('');
  parseCheckpoint(text);
  return text;
}

/**
 * Reads a checkpoint's text; strictly, so that it can be written again to the same bytes.
 *
 * @throws `ERR_CHECKPOINT_MALFORMED`
 */
export function parseCheckpoint(text: string): Checkpoint & { readonly extensions: readonly string[] } {
  const lines = text.split('\n');
  const end = lines.pop();
  const [origin = '', size = '', encoded = '', ...extensions] = lines;
  const root = parseBase64(encoded);
  const wellFormed =
    end === '' && origin !== '' && /^(?:0|[1-9]\d{0,15})$/.test(size) && Number.isSafeInteger(Number(size)) && !extensions.includes('');
  if (!wellFormed || root?.length !== HASH_BYTES) throw fail('ERR_CHECKPOINT_MALFORMED');
  return { origin, size: Number(size), root, extensions };
}

/**
 * Signs a head. Sign only what is committed: a checkpoint over a head that was then rolled back is a fork in the signer's name.
 * Ed25519 is deterministic, so signing one head twice gives the same note.
 *
 * @param signers - the log's key, and while it is being replaced the new one too
 */
export const signCheckpoint = (checkpoint: Checkpoint, ...signers: readonly NoteSigner[]): string =>
  signNote(formatCheckpoint(checkpoint), ...signers);

export interface CheckpointTrust {
  /** The ledger's keys: its own, and older or newer ones while keys are being replaced. */
  readonly logKeys: readonly NoteVerifier[];
  readonly witnesses?: readonly NoteVerifier[];
  /** The ledger that is expected; by default whatever the keys are named for. */
  readonly origin?: string;
}

export interface OpenedCheckpoint {
  readonly checkpoint: Checkpoint;
  /** The ledger's own signature. */
  readonly signedBy: NoteSignature;
  /** Those of trusted witnesses. */
  readonly cosignatures: readonly NoteSignature[];
}

/**
 * Opens a signed checkpoint: a trusted log key must have signed it, under the ledger's own name. Witnesses alone are not enough.
 *
 * @returns the head, who signed, and which of the trusted witnesses cosigned and when
 * @throws as `openNote`, and `ERR_CHECKPOINT_MALFORMED`; `ERR_NOTE_UNSIGNED` also when the key's name is not the origin or the origin not the expected one
 */
export function openCheckpoint(note: string, trust: CheckpointTrust): OpenedCheckpoint {
  const logKeys = trust.logKeys.filter(({ kind }) => kind === 'log');
  const witnesses = (trust.witnesses ?? []).filter(({ kind }) => kind === 'witness');
  const { text, signatures } = openNote(note, [...logKeys, ...witnesses]);
  const checkpoint = parseCheckpoint(text);
  const signedBy = signatures.find(({ kind, name }) => kind === 'log' && name === checkpoint.origin);
  if (signedBy === undefined || (trust.origin !== undefined && trust.origin !== checkpoint.origin)) throw fail('ERR_NOTE_UNSIGNED');
  return { checkpoint, signedBy, cosignatures: signatures.filter(({ kind }) => kind === 'witness') };
}
