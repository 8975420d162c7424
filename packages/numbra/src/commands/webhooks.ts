import type { Command } from 'commander';
import type { Act, Register } from '../program.js';
import { perform } from '../reach.js';

/** `numbra vendor webhook`: where a vendor is told. */
export function registerVendorWebhook(vendor: Command, act: Act): void {
  vendor
    .command('webhook')
    .description('register where a vendor is told what happens to its calls')
    .argument('<vendor>', 'its name')
    .requiredOption('--url <url>', 'its address: https, or http on loopback for trying out')
    .addHelpText('after', '\nExample:\n  numbra vendor webhook vendor-a --url https://desk.vendor-a.example/numbra')
    .action(
      act(async (context, id: string, options: { url: string }) => {
        const result = await perform(context, 'webhooks.add', { vendor: id, url: options.url });
        context.output.result(result, `Registered ${result.id}. Its secret, shown only now, is for the vendor alone:\n${result.secret}`);
      }),
    );
}

/** `numbra webhooks list | remove | dead | replay`: what waits to be told, and what was given up. */
export const registerWebhooks: Register = (program, act) => {
  const webhooks = program.command('webhooks').description('what vendors are told, and what could not be delivered');
  webhooks
    .command('list')
    .description('list the registered addresses')
    .addHelpText('after', '\nExample:\n  numbra webhooks list')
    .action(
      act(async (context) => {
        const endpoints = await perform(context, 'webhooks.list', {});
        context.output.result({ endpoints }, endpoints.map(({ id, vendor, url }) => `${id}  ${vendor}  ${url}`).join('\n'));
      }),
    );
  webhooks
    .command('remove')
    .description('take an address away; what waits for it is dropped')
    .argument('<endpoint>', 'webhook_…')
    .addHelpText('after', '\nExample:\n  numbra webhooks remove webhook_Zk3nT0aVbYc1dE5f')
    .action(
      act(async (context, endpoint: string) => {
        const result = await perform(context, 'webhooks.remove', { endpoint });
        context.output.result(result, `Removed ${endpoint}.`);
      }),
    );
  webhooks
    .command('dead')
    .description('list the deliveries that were given up, newest first')
    .addHelpText('after', '\nExample:\n  numbra webhooks dead')
    .action(
      act(async (context) => {
        const deliveries = await perform(context, 'webhooks.dead', {});
        const lines = deliveries.map(
          ({ id, vendor, endpoint, attempts, answered }) =>
            `${id}  ${vendor}  ${endpoint}  ${attempts} attempts  ${answered ?? 'no answer'}`,
        );
        context.output.result({ deliveries }, lines.length === 0 ? 'Nothing was given up.' : lines.join('\n'));
      }),
    );
  webhooks
    .command('replay')
    .description('try deliveries that were given up again: one, or all')
    .argument('[delivery]', 'msg_…; all by default')
    .addHelpText('after', '\nExample:\n  numbra webhooks replay')
    .action(
      act(async (context, delivery: string | undefined) => {
        const result = await perform(context, 'webhooks.replay', delivery === undefined ? {} : { delivery });
        context.output.result(result, `${result.replayed} will be tried again by the gateway.`);
      }),
    );
};
