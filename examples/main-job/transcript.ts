/**
 * A vendor's transcript: every HTTP answer that it received, headers included, one JSON object a line.
 * @module
 */
import { closeSync, openSync, writeSync } from 'node:fs';

export interface Transcript {
  /** Use in place of the global `fetch`. */
  readonly fetch: typeof fetch;
  /** Headers of the newest request that carried a proof: what an eavesdropper would replay. */
  readonly lastProof: () => { readonly url: string; readonly init: RequestInit } | undefined;
  close(): void;
}

export function recordTranscript(file: string): Transcript {
  const descriptor = openSync(file, 'w');
  let proof: { url: string; init: RequestInit } | undefined;
  return {
    async fetch(input, init) {
      const request = new Request(input, init);
      const replayed = { url: request.url, init: { ...init, headers: Object.fromEntries(request.headers) } };
      const answer = await fetch(input, init);
      const body = await answer.clone().text();
      if (request.headers.has('dpop') && request.headers.has('authorization')) proof = replayed;
      const line = {
        method: request.method,
        path: new URL(request.url).pathname,
        status: answer.status,
        headers: Object.fromEntries(answer.headers),
        body,
      };
      writeSync(descriptor, `${JSON.stringify(line)}\n`);
      return answer;
    },
    lastProof: () => proof,
    close: () => closeSync(descriptor),
  };
}
