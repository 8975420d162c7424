/** Messages over a pair of streams: four bytes of length, then the message. */
import type { Readable, Writable } from 'node:stream';

const LENGTH_BYTES = 4;

export interface Line {
  send(message: Uint8Array): void;
  /** The next message; `undefined` when the other side is gone. */
  receive(): Promise<Uint8Array | undefined>;
}

/** @param longest - what announces more is not read */
export function lineOver(input: Readable, output: Writable, longest: number): Line {
  const messages = read(input, longest);
  return {
    send(message) {
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt32BE(message.length);
      output.write(Buffer.concat([length, message]));
    },
    receive: async () => (await messages.next()).value,
  };
}

async function* read(input: Readable, longest: number): AsyncGenerator<Uint8Array, undefined> {
  let waiting = Buffer.alloc(0);
  for await (const chunk of input) {
    waiting = Buffer.concat([waiting, chunk as Buffer]);
    while (waiting.length >= LENGTH_BYTES) {
      const length = waiting.readUInt32BE();
      if (length > longest) throw new Error('a message is too long');
      const end = LENGTH_BYTES + length;
      if (waiting.length < end) break;
      yield Uint8Array.from(waiting.subarray(LENGTH_BYTES, end));
      waiting = waiting.subarray(end);
    }
  }
  return undefined;
}
