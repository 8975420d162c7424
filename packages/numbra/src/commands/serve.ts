import { InvalidArgumentError } from 'commander';
import { wholeNumber } from '../arguments.js';
import type { Register } from '../program.js';
import type { ServeNetwork, ServeOptions } from '../serve.js';

const NETWORKS = ['public', 'private', 'loopback'] as const satisfies ServeNetwork[];

function network(text: string, before: readonly ServeNetwork[] = []): readonly ServeNetwork[] {
  const found = NETWORKS.find((word) => word === text);
  if (found === undefined) throw new InvalidArgumentError(`One of ${NETWORKS.join(', ')} is needed.`);
  return [...before, found];
}

/** `numbra serve`: the gateway. */
export const registerServe: Register = (program, act) => {
  program
    .command('serve')
    .description('run the gateway: token endpoint, resolver, ledger')
    .option('--carrier <carrier>', "loopback (for trying out), or the https URL of the bank's own dialler", 'loopback')
    .option('--message-carrier <url>', "the https URL of the bank's own message service: codes to customers, before a handover")
    .option('--message-network <network...>', `networks that it may lie in: ${NETWORKS.join(', ')}; public by default`, network)
    .option('--handover-host <host...>', 'hosts that handovers may be sent to; by default every registered recipient')
    .option('--handover-network <network...>', 'networks that recipients may lie in; public by default', network)
    .option('--witness-network <network...>', 'networks that witnesses may lie in; public by default', network)
    .option('--host <address>', 'the address to listen on')
    .option('--port <number>', 'the port to listen on', wholeNumber)
    .option('--keys <socket>', 'ask `numbra keys serve` at this socket, and read no keyring')
    .option('--metrics-port <number>', 'serve metrics on loopback at this port', wholeNumber)
    .option('--evaluations-port <number>', "answer the bank's own systems on loopback at this port, as AuthZEN asks", wholeNumber)
    .option(
      '--decision-point <url>',
      'the AuthZEN evaluation endpoint of another decision point: asked before every call, answer and handover, it can only narrow',
    )
    .option('--decision-point-network <network...>', 'networks that it may lie in; public by default', network)
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
  NUMBRA_MESSAGE_SECRET=whsec_… numbra serve --message-carrier https://messages.bank.example/in --handover-host intake.insurer.example
  NUMBRA_DECISION_POINT_TOKEN=… numbra serve --decision-point https://pdp.bank.example/access/v1/evaluation --decision-point-network private
  numbra serve --keys /run/numbra-keys/keys.sock --metrics-port 9464`,
    )
    .action(
      act(async (context, options: ServeOptions) => {
        const { serve } = await import('../serve.js');
        const { webhookSecret, messageSecret, decisionPointToken } = context;
        await serve(context, {
          ...options,
          ...(webhookSecret !== undefined && { webhookSecret }),
          ...(messageSecret !== undefined && { messageSecret }),
          ...(decisionPointToken !== undefined && { decisionPointToken }),
        });
      }),
    );
};
