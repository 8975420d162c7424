import { resolve } from 'node:path';
import type { Register } from '../program.js';
import { perform } from '../reach.js';
import { registerVendorWebhook } from './webhooks.js';

interface AddOptions {
  readonly jwks?: string;
  readonly jwksUri?: string;
  readonly certificateSha256?: string;
  readonly certificateDns?: string;
}

/** `numbra vendor add`, `numbra vendor revoke`, `numbra vendor list`: who may ask for grants. */
export const registerVendor: Register = (program, act) => {
  const vendor = program.command('vendor').description('partner companies and their keys');
  vendor
    .command('add')
    .description('register a vendor with its public keys, their address, or a client certificate')
    .argument('<vendor>', 'its name, such as vendor-a; it is part of every key of its campaigns')
    .option('--jwks <file>', "the vendor's public keys, a JWK Set")
    .option('--jwks-uri <url>', 'where its key set lies; the gateway fetches it from there')
    .option('--certificate-sha256 <thumbprint>', 'its client certificate, signed by nobody else: x5t#S256, base64url')
    .option('--certificate-dns <name>', "the DNS name in its client certificate, signed by an authority of the gateway's")
    .addHelpText(
      'after',
      `
Examples:
  numbra vendor add vendor-a --jwks vendor-a.jwks.json
  numbra vendor add vendor-b --jwks-uri https://keys.vendor-b.example/jwks.json`,
    )
    .action(
      act(async (context, id: string, { jwks, jwksUri, certificateSha256, certificateDns }: AddOptions) => {
        const result = await perform(context, 'vendor.add', {
          id,
          ...(jwks !== undefined && { jwksFile: resolve(jwks) }),
          ...(jwksUri !== undefined && { jwksUri }),
          ...(certificateSha256 !== undefined && {
            certificate: { method: 'self-signed' as const, thumbprints: [certificateSha256] },
          }),
          ...(certificateDns !== undefined && { certificate: { method: 'pki' as const, dnsName: certificateDns } }),
        });
        context.output.result(result, `Added ${id}. It asks for grants at the token endpoint.`);
      }),
    );
  vendor
    .command('revoke')
    .description('end a vendor: no grant for it any more, and those that it holds open nothing')
    .argument('<vendor>')
    .option('--by <person>', 'who does it; for the ledger')
    .addHelpText(
      'after',
      '\nExample:\n  numbra vendor revoke vendor-a --by chen\n\nIts campaigns stay as they are: `numbra campaign withdraw` and `numbra campaign shred` end those.',
    )
    .action(
      act(async (context, id: string, { by }: { by?: string }) => {
        const result = await perform(context, 'vendor.revoke', { vendor: id, ...(by !== undefined && { by }) });
        const text = result.changed ? `Revoked ${id} and ${result.grants} grants that it held.` : `${id} was revoked before.`;
        context.output.result(result, text);
      }),
    );
  registerVendorWebhook(vendor, act);
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
