/**
 * The admin socket's protocol: one request, then events, one JSON object a line (NDJSON).
 *
 * ```
 * → {"operation":"campaigns.export","params":{…}}
 * ← {"progress":{…}}          any number
 * ← {"result":…}              or {"error":{"code":"ERR_…","message":"…","action":"…"}}, once, last
 * ```
 * @module
 */

/** The longest line either side reads: a policy is the largest thing that is sent. */
export const LINE_LIMIT_BYTES = 4 << 20;

export type AdminEvent = { readonly progress: unknown } | { readonly result: unknown } | { readonly error: ToldError };

/** A coded error as the other side of the socket is told it. */
export interface ToldError {
  readonly code: string;
  readonly message: string;
  /** What to do about it. */
  readonly action: string;
  /** The HTTP status, where HTTP shows the error. */
  readonly status?: number;
}

/** What an operation is given beside its parameters. */
export interface OperationContext {
  /** Streams one event to the caller. */
  readonly onProgress: (event: unknown) => void;
  /** Aborted when the caller hangs up. An act that has begun is finished all the same, unless the operation looks here. */
  readonly signal: AbortSignal;
}

/** Runs one named act and returns what the caller is told; a thrown error's code, message and action reach the caller. */
export type Operation = (params: unknown, context: OperationContext) => Promise<unknown>;

/** Cuts a stream of bytes into lines; a line over the limit ends it. */
export class LineReader {
  #parts: Buffer[] = [];
  #length = 0;

  /** @returns the lines completed by this chunk, or `undefined` when one is too long */
  push(chunk: Buffer): string[] | undefined {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
      this.#take(chunk.subarray(start, end));
      if (this.#length > LINE_LIMIT_BYTES) return undefined;
      lines.push(Buffer.concat(this.#parts).toString('utf8'));
      this.#parts = [];
      this.#length = 0;
      start = end + 1;
    }
    this.#take(chunk.subarray(start));
    return this.#length > LINE_LIMIT_BYTES ? undefined : lines;
  }

  #take(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#parts.push(bytes);
    this.#length += bytes.length;
  }
}
