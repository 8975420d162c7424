/**
 * Runs a witness in the foreground until it is told to stop.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { createLogger, createWitness, openHeads, readWitnessKey } from '@numbra/gateway';
import { parseVerifierKey } from '@numbra/ledger';
import { fail } from './errors.js';
import type { Output } from './output.js';
import { stopped } from './stopped.js';

export interface WitnessServeOptions {
  readonly key: string;
  readonly folder: string;
  /** Keys of the ledgers that are watched. */
  readonly log: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly tlsKey?: string;
  readonly tlsCert?: string;
}

/** @throws `ERR_WITNESS_KEY_FILE`, `ERR_WITNESS_STATE`, `ERR_NOTE_KEY`, `ERR_GATEWAY_PORT_BUSY`, `ERR_ARGUMENT`, `ERR_FILE_UNREADABLE` */
export async function serveWitness(output: Output, options: WitnessServeOptions): Promise<void> {
  const { key, folder, log: logKeys, host, port } = options;
  for (const each of logKeys)
    if (parseVerifierKey(each).kind !== 'log') throw fail('ERR_ARGUMENT', { field: '--log' }, { detail: "this is not a ledger's key" });
  const tls = await tlsOf(options);
  const cosigner = await readWitnessKey(key);
  const heads = await openHeads(folder);
  try {
    const logger = createLogger({ destination: process.stderr });
    const witness = createWitness({ cosigner, heads, logKeys, logger, ...(tls && { tls }) });
    try {
      const { url } = await witness.listen({ host, port });
      output.result({ url, key: cosigner.verifierKey, pid: process.pid }, `Witness ${cosigner.name} at ${url}. Stop with Ctrl-C.`);
      await stopped();
    } finally {
      await witness.close();
    }
  } finally {
    await heads.close();
  }
}

async function tlsOf({ tlsKey, tlsCert }: WitnessServeOptions): Promise<{ readonly key: string; readonly cert: string } | undefined> {
  if ((tlsKey === undefined) !== (tlsCert === undefined))
    throw fail('ERR_ARGUMENT', {}, { detail: '--tls-key and --tls-cert belong together' });
  return tlsKey === undefined || tlsCert === undefined ? undefined : { key: await readPem(tlsKey), cert: await readPem(tlsCert) };
}

const readPem = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((cause: Error) => {
    throw fail('ERR_FILE_UNREADABLE', { file }, { cause });
  });
