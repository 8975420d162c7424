import { wholeNumber } from '../arguments.js';
import type { Register } from '../program.js';
import { perform } from '../reach.js';

/** `numbra grant`: a grant by hand, for a first try; vendors fetch theirs from the token endpoint. */
export const registerGrant: Register = (program, act) => {
  program
    .command('grant')
    .description("issue a grant by hand, bound to a vendor's key")
    .argument('<vendor>')
    .argument('<campaign>')
    .requiredOption('--key <thumbprint>', "RFC 7638 thumbprint of the vendor's DPoP key")
    .option('--ttl <seconds>', 'how long it lives, at most 300', wholeNumber, 300)
    .addHelpText('after', '\nExample:\n  numbra grant vendor-a c-2026-11 --key 0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I')
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
};
