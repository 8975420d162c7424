import { resolve } from 'node:path';
import type { Register } from '../program.js';
import { perform } from '../reach.js';

/** `numbra vendor add`, `numbra vendor list`: who may ask for grants. */
export const registerVendor: Register = (program, act) => {
  const vendor = program.command('vendor').description('partner companies and their keys');
  vendor
    .command('add')
    .description("register a vendor's public keys")
    .argument('<vendor>', 'its name, such as vendor-a; it is part of every key of its campaigns')
    .requiredOption('--jwks <file>', "the vendor's public keys, a JWK Set")
    .addHelpText('after', '\nExample:\n  numbra vendor add vendor-a --jwks vendor-a.jwks.json')
    .action(
      act(async (context, id: string, options: { jwks: string }) => {
        const result = await perform(context, 'vendor.add', { id, jwksFile: resolve(options.jwks) });
        context.output.result(result, `Added ${id}. It asks for grants at the token endpoint with its own key.`);
      }),
    );
  vendor
    .command('list')
    .description('list the vendors')
    .addHelpText('after', '\nExample:\n  numbra vendor list --json')
    .action(
      act(async (context) => {
        const vendors = await perform(context, 'vendor.list', {});
        context.output.result({ vendors }, vendors.map(({ id }) => id).join('\n'));
      }),
    );
};
