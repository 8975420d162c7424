/**
 * Checks of single proofs: that an entry is in a signed ledger, and that a ledger only grew between two checkpoints.
 * @module
 */
import {
  type Entry,
  leafHash,
  type NoteSignature,
  openCheckpoint,
  parseBase64url,
  parseEntry,
  verifyConsistency,
  verifyInclusion,
} from '@numbra/ledger';
import { parseEntryProof } from './receipt-file.js';
import { checkpointTrust, sha256Of, type Trust } from './trust.js';

/** Who vouches for a ledger's head. */
export interface Signers {
  readonly signedBy: NoteSignature;
  readonly cosignedBy: readonly NoteSignature[];
}

export interface VerifiedEntry extends Signers {
  readonly origin: string;
  readonly size: number;
  readonly index: number;
  readonly entry: Entry;
}

/** Hashes of a parsed file: their form was checked when it was read. */
export const hashesOf = (encoded: readonly string[]): Uint8Array[] => encoded.map((text) => parseBase64url(text)!);

/**
 * Verifies a proof file: one entry, in the ledger of a trusted key.
 *
 * @param text - the file, exactly as issued
 * @returns the entry, its place, and who signed
 * @throws `ERR_RECEIPT_MALFORMED`, or the ledger's `ERR_NOTE_*`, `ERR_CHECKPOINT_MALFORMED`, `ERR_PROOF_INCLUSION`, `ERR_ENTRY_*`
 */
export function verifyEntryProof(text: string, trust: Trust): VerifiedEntry {
  const file = parseEntryProof(text);
  const { checkpoint, signedBy, cosignatures } = openCheckpoint(file.checkpoint, checkpointTrust(trust));
  const { index, entry } = file;
  const sha = sha256Of(trust);
  const { size, root } = checkpoint;
  verifyInclusion(sha, { index, size, root, leaf: leafHash(sha, entry), proof: hashesOf(file.proof) });
  return { origin: checkpoint.origin, size, index, entry: parseEntry(entry), signedBy, cosignedBy: cosignatures };
}

export interface Growth extends Signers {
  readonly origin: string;
  readonly oldSize: number;
  readonly newSize: number;
}

/**
 * Verifies that a ledger only grew from a checkpoint that you hold to a newer one.
 *
 * @param held - the older signed checkpoint, kept by you
 * @param newer - the newer signed checkpoint
 * @param proof - consistency proof between them, base64url hashes, as the bank or any mirror makes it
 * @throws `ERR_PROOF_CONSISTENCY`: keep both checkpoints, they are evidence; or the ledger's `ERR_NOTE_*`
 */
export function verifyGrowth(held: string, newer: string, proof: readonly Uint8Array[], trust: Trust): Growth {
  const older = openCheckpoint(held, checkpointTrust(trust)).checkpoint;
  const { checkpoint, signedBy, cosignatures } = openCheckpoint(newer, checkpointTrust(trust, older.origin));
  verifyConsistency(sha256Of(trust), {
    oldSize: older.size,
    oldRoot: older.root,
    newSize: checkpoint.size,
    newRoot: checkpoint.root,
    proof,
  });
  return { origin: older.origin, oldSize: older.size, newSize: checkpoint.size, signedBy, cosignedBy: cosignatures };
}
