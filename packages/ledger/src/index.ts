/**
 * @numbra/ledger: a Merkle log that existing auditors' tools can read, and entries that hide. Runs in Node and in browsers.
 * @module
 */

// Hashing: SHA-256 comes in as an argument

export { emptyRoot, HASH_BYTES, leafHash, nodeHash, type Sha256, sha256FromBinary, sha256FromHex } from './hash.js';
export { createTreeBuilder, rootOf, type TreeBuilder } from './tree.js';

// Entries: what is recorded, and how a customer appears in it

export type { EntryStamp } from './entries/define.js';
export { fitsEntry, MAX_LIST, SUBJECT_BYTES } from './entries/fields.js';
export { type Entry, type EntryFields, type EntryType, entrySchemas, entryTypes, parseEntry, writeEntry } from './entry.js';
export { CUSTOMER_KEY_BYTES, rowLeaf, type SubjectOf, subjectLeaf, subjectOf, subjectsOf } from './subject.js';

// Canonical JSON

export { canonicalJson, type Json, parseCanonicalJson } from './canonical-json.js';

// The sequencer's pure step: queue in, bundles, tiles and head out

export { type Bundle, bundleBytes, bundleEntries, MAX_ENTRY_BYTES } from './bundle.js';
export {
  emptyState,
  type Integration,
  integrate,
  type LedgerState,
  loadState,
  partialTile,
  type Queued,
  rootOfState,
} from './integrate.js';

// Checkpoints, the signed notes that carry them, and the keys that sign

export {
  type Checkpoint,
  type CheckpointTrust,
  formatCheckpoint,
  type OpenedCheckpoint,
  openCheckpoint,
  parseCheckpoint,
  signCheckpoint,
} from './checkpoint.js';
export { addSignatures, cosignatureLine, type NoteSignature, type OpenedNote, openNote, signNote } from './note.js';
export {
  type Cosigner,
  createCosigner,
  createNoteSigner,
  createNoteVerifier,
  type NoteKeyKind,
  type NoteSigner,
  type NoteVerifier,
  parseVerifierKey,
} from './note-keys.js';

// Proofs, from memory or from tiles

export { type Consistency, consistencyProof, type Inclusion, inclusionProof, verifyConsistency, verifyInclusion } from './proof.js';
export {
  consistencyFromTiles,
  createTileCache,
  inclusionFromTiles,
  openTiles,
  type TileCache,
  type TileTree,
  type TreeHead,
} from './tile-tree.js';
export { parseTilePath, partialTilesOf, TILE_WIDTH, type Tile, type TileName, type TileSource, tilePath, tileWidth } from './tiles.js';

// The whole ledger, from its entries

export { type LedgerToVerify, type VerifiedLedger, verifyLedger } from './verify.js';

// Bytes and texts, one spelling each

export { base64Of, base64urlOf, parseBase64, parseBase64url } from './bytes.js';

// Errors: the codes are the contract

export { errors, type LedgerErrorCode, type LedgerErrorWhere } from './errors.js';
