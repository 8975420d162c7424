/**
 * Bodies of requests: JSON, bounded, as bytes. What they say is the resolver's to judge.
 * @module
 */
import type { IncomingMessage } from 'node:http';
import { DeskProblem } from './problems.js';

/**
 * Reads a body.
 *
 * @param mostBytes - absent: none is taken
 * @throws the problems `desk-media-type` · `desk-too-large` · `desk-malformed`: a body where none is taken
 */
export async function readBody(request: IncomingMessage, mostBytes: number | undefined): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const { 'content-type': type = '', 'content-encoding': coding, 'content-length': length } = request.headers;
  if (mostBytes === undefined) {
    if (request.headers['transfer-encoding'] !== undefined || Number(length ?? 0) > 0) throw new DeskProblem('desk-malformed');
    return undefined;
  }
  // A form on a web page cannot send this type; a second lock on the door (door.ts).
  if (!/^application\/json *(; *charset="?utf-8"? *)?$/i.test(type) || coding !== undefined) throw new DeskProblem('desk-media-type');
  if (Number(length ?? 0) > mostBytes) throw new DeskProblem('desk-too-large');
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Not destroyed when it is too long: the answer goes over the same connection.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > mostBytes) throw new DeskProblem('desk-too-large');
    chunks.push(chunk);
  }
  return Uint8Array.from(Buffer.concat(chunks));
}
