/**
 * Signed notes (C2SP signed-note): a text, a blank line, and signature lines. The text is not to be used before a trusted signature was verified.
 *
 * ```
 * text, ending in a newline
 *
 * — NAME BASE64( key id(4) ‖ signature )
 * ```
 * @see https://c2sp.org/signed-note
 * @module
 */
import { base64Of, concat, parseBase64 } from './bytes.js';
import { fail } from './errors.js';
import { type Cosigner, isKeyName, type NoteKeyKind, type NoteSigner, type NoteVerifier } from './note-keys.js';

/** Signatures read from one note; the specification asks for at least 16. */
const MAX_SIGNATURES = 64;
const MAX_NOTE_CHARACTERS = 1 << 20;

/** A signature that was verified. */
export interface NoteSignature {
  readonly name: string;
  readonly keyId: number;
  readonly kind: NoteKeyKind;
  /** When a witness saw the text, in seconds since the epoch; a log's signature has no time. */
  readonly timeSeconds?: number;
}

/** A note of which at least one trusted signature was verified. */
export interface OpenedNote {
  readonly text: string;
  /** The verified ones, in the order of the note. Those of unknown keys are left out. */
  readonly signatures: readonly NoteSignature[];
}

interface SignatureLine {
  readonly line: string;
  readonly name: string;
  readonly keyId: number;
  readonly signature: Uint8Array;
}

/** The two parts of a note, nothing verified. */
function parseNote(note: string): { text: string; lines: SignatureLine[] } {
  const malformed = (): never => {
    throw fail('ERR_NOTE_MALFORMED');
  };
  if (note.length > MAX_NOTE_CHARACTERS || !note.endsWith('\n') || !isText(note)) malformed();
  // The signatures begin after the last blank line; the text may have blank lines of its own.
  const blank = note.lastIndexOf('\n\n');
  if (blank < 0) malformed();
  const rows = note.slice(blank + 2, -1).split('\n');
  if (rows.length > MAX_SIGNATURES) malformed();
  return { text: note.slice(0, blank + 1), lines: rows.map((row) => parseSignatureLine(row) ?? malformed()) };
}

function parseSignatureLine(line: string): SignatureLine | undefined {
  const [, name, encoded] = /^\u2014 (\S+) ([A-Za-z0-9+/]+=*)$/.exec(line) ?? [];
  const bytes = encoded === undefined ? undefined : parseBase64(encoded);
  if (name === undefined || !isKeyName(name) || bytes === undefined || bytes.length < 5) return undefined;
  return { line, name, keyId: new DataView(bytes.buffer, bytes.byteOffset).getUint32(0), signature: bytes.subarray(4) };
}

/** Well-formed, and no control character but newline. */
const isText = (text: string): boolean => !/[\u0000-\u0009\u000b-\u001f\p{Surrogate}]/u.test(text);

function signatureLine(name: string, keyId: number, signature: Uint8Array): string {
  const id = new Uint8Array(4);
  new DataView(id.buffer).setUint32(0, keyId);
  return `\u2014 ${name} ${base64Of(concat(id, signature))}\n`;
}

/**
 * Signs a text.
 *
 * @param text - ends in a newline; no control characters
 * @returns the note, a signature line for each signer
 * @throws `ERR_NOTE_MALFORMED`: the text cannot be a note's
 */
export function signNote(text: string, ...signers: readonly NoteSigner[]): string {
  if (!text.endsWith('\n') || !isText(text)) throw fail('ERR_NOTE_MALFORMED');
  return `${text}\n${signers.map((signer) => signatureLine(signer.name, signer.keyId, signer.sign(text))).join('')}`;
}

/** A witness's signature line for a note's text, as tlog-witness returns it. */
export const cosignatureLine = (text: string, cosigner: Cosigner, timeSeconds: number): string =>
  signatureLine(cosigner.name, cosigner.keyId, cosigner.cosign(text, timeSeconds));

/**
 * A note with further signature lines, such as witnesses send back. They are not verified here; `openNote` does.
 *
 * @param lines - each ends in a newline; those that the note has already are left out
 * @throws `ERR_NOTE_MALFORMED`
 */
export function addSignatures(note: string, ...lines: readonly string[]): string {
  const had = new Set(parseNote(note).lines.map(({ line }) => `${line}\n`));
  const added = note + [...new Set(lines)].filter((line) => !had.has(line)).join('');
  parseNote(added);
  return added;
}

/**
 * Opens a note: verifies every signature of a trusted key, ignores those of unknown keys.
 *
 * @param verifiers - the trusted keys; a key is known by name and id together
 * @returns the text and the verified signatures, at least one, each key once
 * @throws `ERR_NOTE_MALFORMED`; `ERR_NOTE_SIGNATURE`: a trusted key's signature is not valid; `ERR_NOTE_UNSIGNED`: none of a trusted key
 */
export function openNote(note: string, verifiers: readonly NoteVerifier[]): OpenedNote {
  const { text, lines } = parseNote(note);
  const signatures: NoteSignature[] = [];
  for (const { name, keyId, signature } of lines) {
    const verifier = verifiers.find((key) => key.name === name && key.keyId === keyId);
    if (verifier === undefined) continue;
    const proved = verifier.verify(text, signature);
    if (proved === undefined) throw fail('ERR_NOTE_SIGNATURE');
    if (signatures.some((seen) => seen.name === name && seen.keyId === keyId)) continue;
    signatures.push({ name, keyId, kind: verifier.kind, ...proved });
  }
  if (signatures.length === 0) throw fail('ERR_NOTE_UNSIGNED');
  return { text, signatures };
}
