import { wholeNumber } from '../arguments.js';
import type { Register } from '../program.js';
import type { ServeOptions } from '../serve.js';

/** `numbra serve`: the gateway. */
export const registerServe: Register = (program, act) => {
  program
    .command('serve')
    .description('run the gateway: token endpoint, resolver, ledger')
    .option('--carrier <carrier>', "loopback (for trying out), or the https URL of the bank's own dialler", 'loopback')
    .option('--host <address>', 'the address to listen on')
    .option('--port <number>', 'the port to listen on', wholeNumber)
    .option('--keys <socket>', 'ask `numbra keys serve` at this socket, and read no keyring')
    .option('--metrics-port <number>', 'serve metrics on loopback at this port', wholeNumber)
    .option('--vendor-keys-host <host...>', "hosts that vendors' key sets may be fetched from")
    .option('--tls-key <file>', 'end TLS 1.3 here: the private key, PEM')
    .option('--tls-cert <file>', 'and its certificate chain, PEM')
    .option('--client-ca <file>', "authorities whose signature vendors' client certificates may have, PEM")
    .addHelpText(
      'after',
      `
Examples:
  numbra serve
  NUMBRA_WEBHOOK_SECRET=whsec_… numbra serve --carrier https://dialler.bank.example/orders
  numbra serve --keys /run/numbra-keys/keys.sock --metrics-port 9464`,
    )
    .action(
      act(async (context, options: ServeOptions) => {
        const { serve } = await import('../serve.js');
        await serve(context, { ...options, ...(context.webhookSecret === undefined ? {} : { webhookSecret: context.webhookSecret }) });
      }),
    );
};
