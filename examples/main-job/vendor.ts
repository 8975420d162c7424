/**
 * A call centre of the main job: its key, its lists, its clients, and the transcript of all that it was ever told.
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createVendorClient, type GeneratedKey, generateVendorKey, type VendorClient } from '@numbra/vendor-client';
import { recordTranscript } from './transcript.js';

export interface DemoVendor {
  readonly id: string;
  /** Public keys, as the vendor registers them with the bank. */
  readonly jwks: GeneratedKey['jwks'];
  /** Tells the vendor where the gateway is. */
  connect(issuer: string): void;
  client(campaign: string): VendorClient;
  /** Sends the last request that carried a proof once more, proof included. @returns what the vendor is told */
  replay(): Promise<string>;
  close(): void;
}

export interface ListRow {
  readonly reference: string;
  readonly dialToken: string;
  readonly line: string;
}

/** Reads a list as a vendor would: CSV without quotes, the header first. */
export function readList(file: string): ListRow[] {
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [reference = '', dialToken = ''] = line.split(',');
      return { reference, dialToken, line };
    });
}

export async function createVendor(id: string, folder: string): Promise<DemoVendor> {
  const { privateJwk, jwks } = await generateVendorKey();
  writeFileSync(join(folder, 'key.json'), `${JSON.stringify(privateJwk)}\n`, { mode: 0o600 });
  const transcript = recordTranscript(join(folder, 'transcript.jsonl'));
  const clients = new Map<string, VendorClient>();
  let issuer = '';
  return {
    id,
    jwks,
    connect(url) {
      issuer = url;
    },
    client(campaign) {
      let client = clients.get(campaign);
      if (!client) {
        client = createVendorClient({ issuer, clientId: id, key: privateJwk, campaign, fetch: transcript.fetch });
        clients.set(campaign, client);
      }
      return client;
    },
    async replay() {
      const last = transcript.lastProof();
      if (!last) throw new Error('no request carried a proof yet');
      const answer = await transcript.fetch(last.url, last.init);
      const challenge = answer.headers.get('www-authenticate') ?? '';
      return /error="([a-z_]+)"/.exec(challenge)?.[1] ?? String(answer.status);
    },
    close: () => transcript.close(),
  };
}
