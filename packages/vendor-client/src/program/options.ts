/**
 * The command line's options, read by `util.parseArgs`. A message names an option, never what was typed: that may be a token.
 * @module
 */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { isAddress } from '../metadata.js';
import { ProgramError } from './errors.js';
import type { ListenAt } from './listen.js';

/** Everything that a command may be told. */
export interface Given {
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
  readonly words: readonly string[];
}

/** Who speaks to which bank, with which key. */
export interface Identity {
  readonly issuer: string;
  readonly clientId: string;
  readonly key: string;
  readonly resource?: string;
  readonly campaign?: string;
}

export const IDENTITY = ['issuer', 'client-id', 'key', 'resource', 'campaign'] as const;

const SOCKET_MODES = new Map([
  ['600', 0o600],
  ['660', 0o660],
]);
const DEFAULT_PORT = 8427;

/**
 * @param wanted - what the words without `--` are, in a message
 * @throws `ERR_PROGRAM_USAGE` naming the option
 */
export function readOptions(argv: readonly string[], names: readonly string[], words: number, wanted = 'one TOKEN'): Given {
  const options: NonNullable<ParseArgsConfig['options']> = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    if (positionals.length !== words) throw new ProgramError('ERR_PROGRAM_USAGE', words === 0 ? 'an option without --' : wanted);
    return { values: values as Given['values'], words: positionals };
  } catch (error) {
    if (error instanceof ProgramError) throw error;
    const unknown = argv.find((word) => /^--[a-z][a-z-]*/.test(word) && !names.includes(word.slice(2).split('=', 1)[0] ?? ''));
    throw new ProgramError(
      'ERR_PROGRAM_USAGE',
      unknown === undefined ? 'an option without its value' : `unknown ${/^--[a-z-]+/.exec(unknown)?.[0]}`,
    );
  }
}

/** @throws `ERR_PROGRAM_USAGE` */
export function readIdentity({ values }: Given): Identity {
  const issuer = needed(values, 'issuer');
  const resource = optional(values, 'resource');
  for (const [name, url] of Object.entries({ issuer, resource }))
    if (url !== undefined && !isAddress(url)) throw new ProgramError('ERR_PROGRAM_USAGE', `--${name}: https, or http on this machine`);
  const campaign = optional(values, 'campaign');
  return {
    issuer,
    clientId: needed(values, 'client-id'),
    key: needed(values, 'key'),
    ...(resource !== undefined && { resource }),
    ...(campaign !== undefined && { campaign }),
  };
}

/** @throws `ERR_PROGRAM_USAGE` */
export function readListenAt({ values }: Given): ListenAt {
  const port = optional(values, 'port');
  const socket = optional(values, 'socket');
  const mode = optional(values, 'socket-mode');
  if (port !== undefined && socket !== undefined) throw new ProgramError('ERR_PROGRAM_USAGE', '--port or --socket, not both');
  if (socket === undefined) {
    if (mode !== undefined) throw new ProgramError('ERR_PROGRAM_USAGE', '--socket-mode needs --socket');
    if (port !== undefined && !(/^[0-9]{1,5}$/.test(port) && Number(port) < 65_536)) throw new ProgramError('ERR_PROGRAM_USAGE', '--port');
    return { port: port === undefined ? DEFAULT_PORT : Number(port) };
  }
  const bits = SOCKET_MODES.get(mode ?? '600');
  if (bits === undefined) throw new ProgramError('ERR_PROGRAM_USAGE', '--socket-mode: 600 or 660');
  return { socket, mode: bits };
}

export function needed(values: Given['values'], name: string): string {
  const value = optional(values, name);
  if (value === undefined) throw new ProgramError('ERR_PROGRAM_USAGE', `--${name} is missing`);
  return value;
}

export function optional(values: Given['values'], name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
