import { writeFile } from 'node:fs/promises';
import { fail } from '../errors.js';
import type { Register } from '../program.js';
import { perform } from '../reach.js';

/** `numbra receipt`: every use of one customer's data, for that customer. */
export const registerReceipt: Register = (program, act) => {
  program
    .command('receipt')
    .description("every use of a customer's data with its proofs, as a file for the customer")
    .argument('<customer>', "the bank's own customer id")
    .requiredOption('--out <file>', 'where to write it; a file that exists is left alone')
    .addHelpText(
      'after',
      '\nExample:\n  numbra receipt C0000017 --out receipt.json\n\nGive it to the customer and to nobody else: it holds the key that links their entries.',
    )
    .action(
      act(async (context, customer: string, { out }: { out: string }) => {
        const { receipt, uses } = await perform(context, 'evidence.receipt', { customer });
        await writeFile(out, receipt, { flag: 'wx', mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
          throw fail(error.code === 'EEXIST' ? 'ERR_FILE_EXISTS' : 'ERR_FILE_UNWRITABLE', { field: '--out' }, { cause: error });
        });
        context.output.result({ file: out, uses }, `Wrote ${uses} uses to ${out}. Check it: verifyReceipt of @numbra/verify, offline.`);
      }),
    );
};
