/**
 * `numbra-vendor ask` and `numbra-vendor handover`: questions and handovers from the shell, one at a time.
 * @module
 */
import { createVendorClient, type VendorClient } from '../client.js';
import { freshId } from '../key.js';
import type { AnswerKey } from '../verify-answer.js';
import type { Command, Surroundings } from './commands.js';
import { ProgramError } from './errors.js';
import { openKey } from './key-file.js';
import { type Given, IDENTITY, needed, optional, readIdentity, readOptions } from './options.js';
import { readPrivateFile } from './private-files.js';

/** A refusal: an answer, and not what was asked for. */
const EXIT_REFUSED = 1;
const COMMON = [...IDENTITY, 'as-agent', 'idempotency-key'];

export const ask: Command = async (argv, surroundings) => {
  const given = readOptions(argv, [...COMMON, 'question', 'answer-key'], 1, 'one REFERENCE');
  const [reference = ''] = given.words;
  const question = needed(given.values, 'question');
  const file = optional(given.values, 'answer-key');
  return withClient(
    given,
    surroundings,
    async (client, options) => {
      const { outcome, ...rest } = await client.answers.ask(reference, question, options);
      surroundings.out(`${JSON.stringify({ outcome, question, ...rest })}\n`);
      return outcome === 'refused' ? EXIT_REFUSED : 0;
    },
    file,
  );
};

export const handover: Command = async (argv, surroundings) => {
  const wanted = 'begin, confirm or show, and one id';
  const given = readOptions(argv, [...COMMON, 'recipient', 'code'], 2, wanted);
  const { values } = given;
  const [verb, id = ''] = given.words;
  const work = workOf();
  if (work === undefined) throw new ProgramError('ERR_PROGRAM_USAGE', wanted);
  return withClient(given, surroundings, async (client, options) => {
    const result = await work(client, options);
    surroundings.out(`${JSON.stringify(result)}\n`);
    return 'outcome' in result && result.outcome === 'refused' ? EXIT_REFUSED : 0;
  });

  /** What was asked for; every option is looked at before anything is sent. */
  function workOf() {
    const unknown = { begin: 'code', confirm: 'recipient', show: 'code' }[verb ?? ''];
    for (const name of [unknown, ...(verb === 'show' ? ['recipient', 'idempotency-key'] : [])])
      if (name !== undefined && optional(values, name) !== undefined)
        throw new ProgramError('ERR_PROGRAM_USAGE', `--${name} is not for this`);
    switch (verb) {
      case 'begin': {
        const recipient = needed(values, 'recipient');
        return (client: VendorClient, options: Writing) => client.handovers.begin(id, recipient, options);
      }
      case 'confirm': {
        const code = needed(values, 'code');
        if (!/^[0-9]{6}$/.test(code)) throw new ProgramError('ERR_PROGRAM_USAGE', '--code: six digits');
        return (client: VendorClient, options: Writing) => client.handovers.confirm(id, code, options);
      }
      case 'show':
        return (client: VendorClient, { signal }: Writing) => client.handovers.get(id, { signal });
      default:
        return undefined;
    }
  }
};

interface Writing {
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
}

async function withClient(
  given: Given,
  { err, stop }: Surroundings,
  work: (client: VendorClient, options: Writing) => Promise<number>,
  answerKeyFile?: string,
): Promise<number> {
  const { campaign, key: place, ...identity } = readIdentity(given);
  if (campaign === undefined) throw new ProgramError('ERR_PROGRAM_USAGE', '--campaign is missing');
  const agent = optional(given.values, 'as-agent');
  if (agent !== undefined && !/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(agent)) throw new ProgramError('ERR_PROGRAM_USAGE', '--as-agent');
  const chosen = optional(given.values, 'idempotency-key');
  const idempotencyKey = chosen ?? freshId();
  if (!/^[\x21-\x7e]{1,255}$/.test(idempotencyKey)) throw new ProgramError('ERR_PROGRAM_USAGE', '--idempotency-key');
  const answerKeys = answerKeyFile === undefined ? [] : [await readAnswerKey(answerKeyFile)];
  const key = await openKey(place);
  try {
    // Before it is used: whoever loses the answer needs it. A look-up writes nothing.
    if (chosen === undefined && given.words[0] !== 'show') err(`--idempotency-key ${idempotencyKey}\n`);
    const client = createVendorClient({ ...identity, key, campaign, answerKeys });
    return await work(agent === undefined ? client : client.forAgent({ name: agent }), { idempotencyKey, signal: stop });
  } finally {
    key.close();
  }
}

/** As `numbra answer-key add --json` prints it: `{"kid":"…","secret":"nak_…"}`. */
async function readAnswerKey(file: string): Promise<AnswerKey> {
  const text = await readPrivateFile(file);
  try {
    const { kid, secret } = JSON.parse(text) as Record<string, unknown>;
    if (typeof kid === 'string' && typeof secret === 'string' && /^nak_[A-Za-z0-9_-]{43}$/.test(secret)) return { kid, secret };
  } catch {
    // Told below, without the parser's message: it quotes what it read.
  }
  throw new ProgramError('ERR_PROGRAM_ANSWER_KEY', file);
}
