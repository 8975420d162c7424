/**
 * `numbra-vendor deleted`: the vendor's signed statement that it deleted the lists of a campaign. Signed here and printed; sending it is one
 * POST without any grant, because a campaign's grants may be over long before its lists must be deleted.
 * @module
 */
import { signDetached } from '../key.js';
import type { Command } from './commands.js';
import { ProgramError } from './errors.js';
import { openKey } from './key-file.js';
import { needed, optional, readOptions } from './options.js';

/** Names and export ids: nothing in them is escaped, so the text below is canonical JSON. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export const deleted: Command = async (argv, { out }) => {
  const { values } = readOptions(argv, ['client-id', 'key', 'campaign', 'exports'], 0);
  const vendor = nameOf('client-id', needed(values, 'client-id'));
  const campaign = nameOf('campaign', needed(values, 'campaign'));
  const exports = optional(values, 'exports')
    ?.split(',')
    .map((id) => nameOf('exports', id));
  const key = await openKey(needed(values, 'key'));
  try {
    // Members in the order of their names: RFC 8785.
    const at = new Date().toISOString();
    const statement = JSON.stringify({ at, campaign, ...(exports !== undefined && { exports }), numbra: 'deletion/1', vendor });
    out(`${JSON.stringify({ statement, signature: await signDetached(key, statement, 'deletion') })}\n`);
    return 0;
  } finally {
    key.close();
  }
};

function nameOf(option: string, text: string): string {
  if (!NAME.test(text)) throw new ProgramError('ERR_PROGRAM_USAGE', `--${option}`);
  return text;
}
