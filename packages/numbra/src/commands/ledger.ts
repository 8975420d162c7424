import type { Register } from '../program.js';
import { perform } from '../reach.js';

/** `numbra ledger verify`: is the record whole and unchanged? */
export const registerLedger: Register = (program, act) => {
  const ledger = program.command('ledger').description('the tamper-evident record');
  ledger
    .command('verify')
    .description('recompute every hash and hold it against the last signed checkpoint')
    .addHelpText('after', '\nExample:\n  numbra ledger verify --json')
    .action(
      act(async (context) => {
        const result = await perform(context, 'ledger.verify', {});
        context.output.result(result, `Verified ${result.size} entries against the signed checkpoint.`);
      }),
    );
};
