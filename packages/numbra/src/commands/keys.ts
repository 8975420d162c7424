import { resolve } from 'node:path';
import type { Register } from '../program.js';
import { perform } from '../reach.js';
import type { ServeKeysOptions } from '../serve-keys.js';

/** `numbra keys rotate`, `numbra keys list`: the keys that sign grants and manifests; `numbra keys serve`: keys for gateways. */
export const registerKeys: Register = (program, act) => {
  const keys = program.command('keys').description('the keys that sign grants and manifests');
  keys
    .command('rotate')
    .description('put a new signing key in place; the old one verifies until its last grant has ended')
    .addHelpText('after', '\nExample:\n  numbra keys rotate')
    .action(
      act(async (context) => {
        const result = await perform(context, 'keys.rotate', {});
        const until = new Date(result.previousUntil).toISOString();
        context.output.result(result, `Key ${result.kid} signs from now on. ${result.previous} verifies until ${until}.`);
      }),
    );
  keys
    .command('serve')
    .description('hold the keyring in a process of its own, for gateways on this machine')
    .option('--socket <path>', "where gateways ask; by default beside the home's other socket")
    .option('--group', "let the group of the socket's folder ask, too", false)
    .addHelpText(
      'after',
      `
Examples:
  numbra keys serve
  numbra keys serve --socket /run/numbra-keys/keys.sock --group`,
    )
    .action(
      act(async (context, options: ServeKeysOptions) => {
        const { serveKeys } = await import('../serve-keys.js');
        const { socket } = options;
        await serveKeys(context, { ...options, ...(socket !== undefined && { socket: resolve(socket) }) });
      }),
    );
  keys
    .command('list')
    .description('the key set that is published')
    .addHelpText('after', '\nExample:\n  numbra keys list --json')
    .action(
      act(async (context) => {
        const jwks = await perform(context, 'keys.list', {});
        context.output.result(jwks, jwks.keys.map(({ kid }) => kid).join('\n'));
      }),
    );
};
