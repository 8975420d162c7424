import { createHash } from 'node:crypto';
import { oneOf } from '../arguments.js';
import type { Register } from '../program.js';
import { perform } from '../reach.js';
import { writeNew } from '../write-new.js';

interface ReceiptOptions {
  readonly out: string;
  readonly page?: string;
  readonly language: string;
}

const LANGUAGES = { both: ['zh', 'en'], en: ['en'], zh: ['zh'] } as const;

/** `numbra receipt`: every use of one customer's data, for that customer. */
export const registerReceipt: Register = (program, act) => {
  program
    .command('receipt')
    .description("every use of a customer's data with its proofs, as a file for the customer")
    .argument('<customer>', "the bank's own customer id")
    .requiredOption('--out <file>', 'where to write it; a file that exists is left alone')
    .option('--page <file>', 'the same as a page to read and print')
    .option('--language <language>', "the page's: both, en or zh", 'both')
    .addHelpText(
      'after',
      '\nExample:\n  numbra receipt C0000017 --out receipt.json --page receipt.html\n\nGive them to the customer and to nobody else: the file holds the key that links their entries.',
    )
    .action(
      act(async (context, customer: string, { out, page, language }: ReceiptOptions) => {
        const languages = LANGUAGES[oneOf(Object.keys(LANGUAGES) as (keyof typeof LANGUAGES)[], language)];
        const { receipt, uses, logKeys, witnessKeys } = await perform(context, 'evidence.receipt', { customer });
        const { signatureLine, verifyReceipt } = await import('@numbra/verify');
        // As the customer will check it: a receipt that does not hold is not handed out.
        const report = verifyReceipt(receipt, { logKeys, witnessKeys });
        await writeNew(out, receipt, '--out');
        if (page !== undefined) {
          const { receiptPage } = await import('@numbra/verify/page');
          const fileDigest = createHash('sha256').update(receipt).digest('hex');
          await writeNew(page, receiptPage(report, { languages, fileDigest }), '--page');
        }
        const witnesses = report.cosignedBy.map(({ name }) => name);
        context.output.result(
          { file: out, ...(page !== undefined && { page }), uses, cosignedBy: witnesses },
          `Wrote ${uses} uses to ${out}, ${signatureLine(report.signedBy.name, witnesses, 'en')}. Check it offline: check-receipt.html of @numbra/verify.`,
        );
      }),
    );
};
