import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Register } from '../program.js';
import { perform } from '../reach.js';

interface RecipientOptions {
  readonly url: string;
  readonly jwks: string;
  readonly title?: string;
}

/** What `add` and `request` both take: two people approve of exactly this. */
function described(command: Command): Command {
  return command
    .argument('<recipient>', 'its name, as the policy lists it under handover.to')
    .requiredOption('--url <url>', 'where handovers are posted: https, or http on loopback for trying out')
    .requiredOption('--jwks <file>', 'its public key to encrypt to, a JWK Set with one P-256 or X25519 key')
    .option('--title <title>', 'as customers know it: it stands in the message that asks them; the name by default');
}

const orderOf = (id: string, { url, jwks, title }: RecipientOptions) => ({
  id,
  url,
  jwksFile: resolve(jwks),
  ...(title !== undefined && { title }),
});

/** `numbra recipient add | request | list`: to whom customers may be handed over, where, and under which key. */
export const registerRecipient: Register = (program, act) => {
  const recipient = program.command('recipient').description('who may be handed what a customer agreed to pass on');
  described(recipient.command('add').description('register a recipient of the policy, or give it another address, key or title'))
    .option('--by <person>', 'who does it; for the ledger')
    .addHelpText(
      'after',
      `
Example:
  numbra recipient add insurer --url https://intake.insurer.example/numbra --jwks insurer.jwks.json --title 安心保险

What was confirmed before goes to the address, and under the key, of that time. As a change of the policy
it takes two people (approvals.policy): numbra recipient request, numbra approval approve twice, then add with the same words.`,
    )
    .action(
      act(async (context, id: string, { by, ...options }: RecipientOptions & { by?: string }) => {
        const result = await perform(context, 'recipient.add', { ...orderOf(id, options), ...(by !== undefined && { by }) });
        context.output.result(result, `Registered ${result.recipient}: ${result.url}, key ${result.kid}. It is in the ledger.`);
      }),
    );
  described(recipient.command('request').description('ask for approval of exactly this recipient, address and key'))
    .requiredOption('--by <person>', 'who asks')
    .requiredOption('--why <reason>', 'for the people who approve')
    .addHelpText(
      'after',
      `
Example:
  numbra recipient request insurer --url https://intake.insurer.example/numbra --jwks insurer.jwks.json --by chen --why "new key, contract 17"`,
    )
    .action(
      act(async (context, id: string, { by, why, ...options }: RecipientOptions & { by: string; why: string }) => {
        const result = await perform(context, 'recipient.request', { ...orderOf(id, options), by, why });
        context.output.result(result, `Asked as ${result.id}. Two others approve it: numbra approval approve ${result.id} --by …`);
      }),
    );
  recipient
    .command('list')
    .description('list the recipients')
    .addHelpText('after', '\nExample:\n  numbra recipient list')
    .action(
      act(async (context) => {
        const recipients = await perform(context, 'recipient.list', {});
        const lines = recipients.map(({ id, title, url, key }) => `${id}  ${title}  ${url}  ${key.kid}`);
        context.output.result({ recipients }, lines.length === 0 ? 'There are no recipients.' : lines.join('\n'));
      }),
    );
};
