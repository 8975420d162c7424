/**
 * What `numbra-vendor` does: `init` makes the key, `serve` runs the program for the desk's software, `call` places one call.
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { freshId } from '../key.js';
import { createDesk } from './desk.js';
import { hostsAt } from './door.js';
import { ProgramError } from './errors.js';
import { createForwarder } from './forward.js';
import { makeKey, makeSecret, openKey, readSecret } from './key-file.js';
import { listenAt } from './listen.js';
import { createLog, factsOf } from './log.js';
import { IDENTITY, needed, optional, readIdentity, readListenAt, readOptions } from './options.js';
import { isPkcs11Uri } from './pkcs11-uri.js';

/** What a command may use of the process. */
export interface Surroundings {
  out(text: string): void;
  err(text: string): void;
  /** Aborted when the program shall stop. */
  readonly stop: AbortSignal;
}

/** @returns the exit status */
export type Command = (argv: readonly string[], surroundings: Surroundings) => Promise<number>;

/** A refusal: an answer, and not what was asked for. */
const EXIT_REFUSED = 1;

export const init: Command = async (argv, { out, err }) => {
  const { values } = readOptions(argv, ['key', 'secret-file', 'jwks'], 0);
  const key = needed(values, 'key');
  const secretFile = optional(values, 'secret-file') ?? besideKey(key);
  const jwksFile = optional(values, 'jwks');
  const jwks = `${JSON.stringify(await makeKey(key), null, 2)}\n`;
  if (secretFile !== undefined) await makeSecret(secretFile);
  if (jwksFile === undefined) out(jwks);
  else {
    await writeFile(jwksFile, jwks, { flag: 'wx' }).catch((cause: NodeJS.ErrnoException) => {
      throw new ProgramError(cause.code === 'EEXIST' ? 'ERR_PROGRAM_FILE_EXISTS' : 'ERR_PROGRAM_FILE_UNREADABLE', jwksFile, cause);
    });
  }
  err(
    [
      isPkcs11Uri(key)
        ? 'The key was made in the token and cannot leave it.'
        : `The key is in ${key}: as secret as a password. Back it up like one.`,
      `Give the bank the public half (${jwksFile ?? 'above'}). It holds no secret.`,
      ...(secretFile === undefined ? [] : [`The desk's software shows the secret in ${secretFile}; only on this machine.`]),
      '',
    ].join('\n'),
  );
  return 0;
};

export const serve: Command = async (argv, { err, stop }) => {
  const given = readOptions(argv, [...IDENTITY, 'port', 'socket', 'socket-mode', 'secret-file'], 0);
  const identity = readIdentity(given);
  const at = readListenAt(given);
  // A socket's permissions are enough; a port can be reached by every user of the machine.
  const secretFile = optional(given.values, 'secret-file') ?? ('port' in at ? besideKey(identity.key) : undefined);
  if ('port' in at && secretFile === undefined) throw new ProgramError('ERR_PROGRAM_USAGE', '--secret-file is missing');
  const secret = secretFile === undefined ? undefined : await readSecret(secretFile);
  const key = await openKey(identity.key);
  const log = createLog(err);
  const { campaign, ...rest } = identity;
  const forwarder = createForwarder({ ...rest, key });
  let hosts: readonly string[] | undefined = [];
  const desk = createDesk({
    forwarder,
    key,
    log,
    ...(campaign !== undefined && { campaign }),
    door: () => ({ ...(hosts !== undefined && { hosts }), ...(secret !== undefined && { secret }) }),
  });
  try {
    const address = await listenAt(desk.server, at);
    hosts = 'port' in at ? hostsAt(Number(new URL(address).port)) : undefined;
    log({ event: 'listening', at: address });
    // The bank may be away for a while; whoever starts the program should know at once when its address is wrong.
    forwarder.greet().catch((error: unknown) => log({ event: 'bank-unreachable', ...factsOf(error) }));
    await stopped(stop);
    log({ event: 'stopping' });
    await desk.close();
    log({ event: 'stopped' });
    return 0;
  } finally {
    key.close();
  }
};

export const call: Command = async (argv, { out, err, stop }) => {
  const given = readOptions(argv, [...IDENTITY, 'reference', 'agent', 'idempotency-key'], 1);
  const { campaign, ...identity } = readIdentity(given);
  if (campaign === undefined) throw new ProgramError('ERR_PROGRAM_USAGE', '--campaign is missing');
  const [dialToken] = given.words;
  const [reference, agent] = ['reference', 'agent'].map((name) => optional(given.values, name));
  const chosen = optional(given.values, 'idempotency-key');
  const idempotencyKey = chosen ?? freshId();
  if (!/^[\x21-\x7e]{1,255}$/.test(idempotencyKey)) throw new ProgramError('ERR_PROGRAM_USAGE', '--idempotency-key');
  const key = await openKey(identity.key);
  try {
    // Before it is used: whoever loses the answer needs it.
    if (chosen === undefined) err(`--idempotency-key ${idempotencyKey}\n`);
    const answer = await createForwarder({ ...identity, key }).forward(
      {
        method: 'POST',
        path: '/v1/calls',
        query: '',
        campaign,
        action: 'dial',
        headers: { 'content-type': 'application/json', accept: 'application/json', 'idempotency-key': idempotencyKey },
        body: new TextEncoder().encode(JSON.stringify({ dial_token: dialToken, reference, agent })),
        streams: false,
      },
      stop,
    );
    out(`${new TextDecoder().decode(answer.body as Uint8Array)}\n`);
    return answer.status === 201 ? 0 : EXIT_REFUSED;
  } finally {
    key.close();
  }
};

/** A token has no folder to put a secret into. */
function besideKey(key: string): string | undefined {
  return isPkcs11Uri(key) ? undefined : `${key}.secret`;
}

function stopped(stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) resolve();
    else stop.addEventListener('abort', () => resolve(), { once: true });
  });
}
