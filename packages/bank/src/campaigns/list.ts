/**
 * The list itself: customers sealed into references and dial tokens, in the order of the references' bytes (so that order carries
 * nothing), and each row's line exactly as it will be delivered.
 * @module
 */
import { hash } from 'node:crypto';
import { type CustomerId, type Phone, type Reference, type Scope, type Sensitive, sealDialTokens, sealReferences } from '@numbra/core';
import { csvLine } from '@numbra/files';

/** A row before it is sealed. */
export interface Unsealed {
  /** Row id in the store. */
  readonly customer: number;
  readonly customerId: CustomerId;
  readonly phone: Sensitive<Phone>;
  readonly maskedPhone: string;
  /** Cells of the band columns, in their order. */
  readonly bands: readonly string[];
  /** Fixed by the campaign's first export; given here where the row has none yet. */
  readonly rowNumber?: number;
}

/** A row as delivered, and what the bank keeps of it. Hashes are SHA-256, 64 hex digits. */
export interface ListedRow {
  readonly customer: number;
  readonly customerId: CustomerId;
  readonly rowNumber: number;
  readonly maskedPhone: string;
  readonly bands: readonly string[];
  /** First 5 bytes of the reference's SIV, big-endian. */
  readonly r5: number;
  /** Without its line feed. */
  readonly line: string;
  readonly rowHash: string;
  readonly referenceHash: string;
  readonly dialHash: string;
}

export interface SealedList {
  readonly columns: readonly string[];
  readonly header: string;
  /** In the order of the file. */
  readonly rows: readonly ListedRow[];
  /** Milliseconds in which references and dial tokens were sealed. */
  readonly sealMs: number;
}

const PREFIX_CHARACTERS = 4;
const TAG_BYTES = 6;
const R5_BYTES = 5;

/** Columns of a list, in order. */
export function listColumns(bandNames: readonly string[]): readonly string[] {
  return ['reference', 'dial_token', 'masked_phone', ...bandNames];
}

/**
 * Seals a list. Synchronous, so that the scope cannot be closed meanwhile.
 *
 * @param bandNames - as many as each row has band cells
 */
export function sealList(scope: Scope, unsealed: readonly Unsealed[], bandNames: readonly string[]): SealedList {
  const started = performance.now();
  const references = sealReferences(
    scope,
    unsealed.map(({ customerId }) => customerId),
  );
  const dialTokens = sealDialTokens(
    scope,
    unsealed.map(({ phone }) => phone),
    references,
  );
  const sealMs = performance.now() - started;
  const columns = listColumns(bandNames);
  const rows = inOrderOfBytes(references).map(({ index, r5 }, position): ListedRow => {
    const { customer, customerId, maskedPhone, bands, rowNumber } = unsealed[index] as Unsealed;
    const reference = references[index] as string;
    const dialToken = dialTokens[index] as string;
    const line = csvLine([reference, dialToken, maskedPhone, ...bands]);
    return {
      customer,
      customerId,
      maskedPhone,
      bands,
      r5,
      line,
      rowNumber: rowNumber ?? position + 1,
      rowHash: hash('sha256', line, 'hex'),
      referenceHash: hash('sha256', reference, 'hex'),
      dialHash: hash('sha256', dialToken, 'hex'),
    };
  });
  return { columns, header: csvLine(columns), rows, sealMs };
}

/** By the bytes after the tag, which all share. Base64url's own order is another one. */
function inOrderOfBytes(references: readonly Reference[]): { readonly index: number; readonly r5: number }[] {
  const bytes = references.map((reference) => Buffer.from(reference.slice(PREFIX_CHARACTERS), 'base64url'));
  return bytes
    .map((buffer, index) => ({ index, r5: buffer.readUIntBE(TAG_BYTES, R5_BYTES) }))
    .sort((a, b) => a.r5 - b.r5 || Buffer.compare(bytes[a.index] as Buffer, bytes[b.index] as Buffer));
}
