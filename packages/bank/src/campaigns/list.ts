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

/**
 * Positions in the order of the bytes after the tag, which all share. Base64url's own order is another one, so the first 40 bits of
 * the SIV are read as a number; ties are for the whole token.
 */
function inOrderOfBytes(references: readonly Reference[]): { readonly index: number; readonly r5: number }[] {
  const r5 = Float64Array.from(references, r5OfText);
  const order = Uint32Array.from(references, (_, index) => index).sort(
    (a, b) => (r5[a] as number) - (r5[b] as number) || Buffer.compare(bytesOf(references[a] as string), bytesOf(references[b] as string)),
  );
  return Array.from(order, (index) => ({ index, r5: r5[index] as number }));
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const VALUES = new Uint8Array(128);
for (let value = 0; value < ALPHABET.length; value++) VALUES[ALPHABET.charCodeAt(value)] = value;

/** Prefix (4 characters) and tag (6 bytes, 8 characters) come before the SIV. */
const SIV_AT = 12;

/** The first 5 bytes of the SIV: six characters and two thirds. */
function r5OfText(reference: string): number {
  let high = 0;
  for (let at = SIV_AT; at < SIV_AT + 6; at++) high = high * 64 + (VALUES[reference.charCodeAt(at)] as number);
  return high * 16 + ((VALUES[reference.charCodeAt(SIV_AT + 6)] as number) >> 2);
}

const bytesOf = (reference: string): Buffer => Buffer.from(reference.slice(SIV_AT), 'base64url');
