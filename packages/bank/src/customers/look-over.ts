/**
 * A first reading of a file, before its rows are read: its digest, for the ledger, and its lines, for whoever waits.
 * @module
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

const LINE_FEED = 0x0a;

export async function lookOver(path: string): Promise<{ digest: Uint8Array; lines: number }> {
  const hash = createHash('sha256');
  let lines = 0;
  try {
    for await (const chunk of createReadStream(path)) {
      const bytes = chunk as Buffer;
      hash.update(bytes);
      for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) lines += 1;
    }
  } catch {
    lines = 0; // reading the rows says what is wrong with the file
  }
  return { digest: new Uint8Array(hash.digest()), lines };
}
