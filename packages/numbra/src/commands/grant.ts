import { wholeNumber } from '../arguments.js';
import type { Register } from '../program.js';
import { perform } from '../reach.js';

/** `numbra grant issue`: a grant by hand, for a first try; vendors fetch theirs from the token endpoint. `numbra grant revoke` ends any. */
export const registerGrant: Register = (program, act) => {
  const grant = program.command('grant').description('grants by hand');
  grant
    .command('issue')
    .description("issue a grant by hand, bound to a vendor's key")
    .argument('<vendor>')
    .argument('<campaign>')
    .requiredOption('--key <thumbprint>', "RFC 7638 thumbprint of the vendor's DPoP key")
    .option('--ttl <seconds>', 'how long it lives, at most 300', wholeNumber, 300)
    .addHelpText('after', '\nExample:\n  numbra grant issue vendor-a c-2026-11 --key 0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I')
    .action(
      act(async (context, vendor: string, campaign: string, options: { key: string; ttl: number }) => {
        const { homePaths, readSettings } = await import('../home.js');
        const { issuer } = await readSettings(homePaths(context.home));
        const result = await perform(context, 'grant.issue', {
          vendor,
          campaign,
          thumbprint: options.key,
          ttlSeconds: options.ttl,
          issuer,
        });
        context.output.result(result, result.accessToken);
      }),
    );
  grant
    .command('revoke')
    .description("end a grant and the agents' grants made from it, on every gateway within a second")
    .argument('<grant>', 'its identifier, grant_…, as the ledger has it')
    .addHelpText(
      'after',
      '\nExample:\n  numbra grant revoke grant_01JD3Z5M8Q6X7T2V9W4R1K0BHC\n\nTo end all of a vendor: numbra vendor revoke.',
    )
    .action(
      act(async (context, identifier: string) => {
        const result = await perform(context, 'grant.revoke', { grant: identifier });
        context.output.result(result, result.changed ? `Revoked ${identifier}.` : `${identifier} is not on record, or was revoked before.`);
      }),
    );
};
