/**
 * Bytes into text, strictly: byte order mark → UTF-8 (fatal) on the first megabyte → GB 18030 (fatal), which is a superset of GBK.
 * UTF-16 is recognised and refused. A byte that does not fit is an error with its line, never U+FFFD.
 *
 * Text is handed on in whole lines; in both encodings a line feed is never part of another character.
 * @module
 * @see https://encoding.spec.whatwg.org/
 */
import { TextDecoder } from 'node:util';
import { fail } from './errors.js';

export type CsvEncoding = 'utf-8' | 'gb18030';

const LOOK_AHEAD_BYTES = 1 << 20;
/** The longest line without a line feed. Also bounds memory. */
const LONGEST_LINE_BYTES = 1 << 20;
const LINE_FEED = 0x0a;

/**
 * Decodes a stream of bytes.
 *
 * @param encoding - `auto` looks at the first megabyte
 * @returns pieces of text that end with a line feed, except the last; a byte order mark is left out
 * @throws `ERR_CSV_ENCODING`, with the line; `ERR_CSV_ENCODING_UTF16`; `ERR_CSV_ROW_TOO_LONG`
 */
export async function* decodeLines(
  chunks: AsyncIterable<Uint8Array>,
  encoding: CsvEncoding | 'auto',
  file?: string,
): AsyncGenerator<string> {
  const where = file === undefined ? {} : { file };
  let decoder: TextDecoder | undefined;
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let line = 1;

  const decodeTo = (end: 'last-line' | 'end'): string => {
    const bytes = Buffer.concat(waiting);
    decoder ??= decoderFor(bytes, encoding, end === 'end', where);
    const whole = end === 'end' ? bytes.length : bytes.lastIndexOf(LINE_FEED) + 1;
    if (bytes.length - whole > LONGEST_LINE_BYTES) throw fail('ERR_CSV_ROW_TOO_LONG', { ...where, line: line + countLines(bytes) });
    const text = decodeOrFail(decoder, bytes.subarray(0, whole), line, where);
    line += countLines(bytes.subarray(0, whole));
    waiting = whole === bytes.length ? [] : [bytes.subarray(whole)];
    waitingBytes = bytes.length - whole;
    return text;
  };

  for await (const chunk of chunks) {
    waiting.push(chunk);
    waitingBytes += chunk.length;
    if (decoder === undefined && waitingBytes < LOOK_AHEAD_BYTES) continue;
    const text = decodeTo('last-line');
    if (text !== '') yield text;
  }
  const rest = decodeTo('end');
  if (rest !== '') yield rest;
}

type Where = { readonly file?: string };

function decoderFor(head: Buffer, encoding: CsvEncoding | 'auto', isAll: boolean, where: Where): TextDecoder {
  const utf16 = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  if (utf16 || hasZeroInEveryPair(head)) throw fail('ERR_CSV_ENCODING_UTF16', where);
  const hasMark = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf;
  if (encoding !== 'auto') return new TextDecoder(encoding, { fatal: true });
  return new TextDecoder(hasMark || isUtf8(head, isAll) ? 'utf-8' : 'gb18030', { fatal: true });
}

/** UTF-16 without its mark: mostly ASCII, so every second byte of the beginning is zero. */
function hasZeroInEveryPair(head: Buffer): boolean {
  if (head.length < 4) return false;
  const sample = head.subarray(0, 64);
  let zeros = 0;
  for (const byte of sample) if (byte === 0) zeros += 1;
  return zeros * 4 >= sample.length;
}

function isUtf8(head: Buffer, isAll: boolean): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: !isAll });
    return true;
  } catch {
    return false;
  }
}

function decodeOrFail(decoder: TextDecoder, bytes: Uint8Array, firstLine: number, where: Where): string {
  try {
    const text = decoder.decode(bytes);
    if (!text.includes('\u0000')) return text;
  } catch {
    // Which line it was is found below: the decoder does not say.
  }
  throw fail('ERR_CSV_ENCODING', { ...where, line: firstLine + wrongLine(decoder, bytes) });
}

function wrongLine(decoder: TextDecoder, bytes: Uint8Array): number {
  let start = 0;
  for (let line = 0; ; line++) {
    const feed = bytes.indexOf(LINE_FEED, start);
    if (feed === -1) return line;
    try {
      if (decoder.decode(bytes.subarray(start, feed)).includes('\u0000')) return line;
    } catch {
      return line;
    }
    start = feed + 1;
  }
}

function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) lines += 1;
  return lines;
}
