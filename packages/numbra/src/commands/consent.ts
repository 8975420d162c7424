import { resolve } from 'node:path';
import { instant, oneOf } from '../arguments.js';
import type { Register } from '../program.js';
import { perform } from '../reach.js';
import { writeNew } from '../write-new.js';

/** `numbra consent give|withdraw|receipt`, `numbra do-not-call import`: what customers agreed to, and whom nobody calls. */
export const registerConsent: Register = (program, act) => {
  const consent = program.command('consent').description('what customers agreed to');
  consent
    .command('give')
    .description('record a consent with its evidence')
    .argument('<customers...>', "the bank's own customer ids")
    .requiredOption('--key <key>', "a purpose's consent key, such as marketing.insurance")
    .requiredOption('--evidence <text>', 'how it was given: what the bank would show a court')
    .option('--text-version <version>', 'of the text that was agreed to')
    .option('--at <time>', 'when, ISO 8601; now when absent', instant)
    .addHelpText(
      'after',
      '\nExample:\n  numbra consent give C0000017 --key marketing.insurance --evidence "signed at the counter" --text-version 2026-03',
    )
    .action(
      act(async (context, customers: string[], options: { key: string; evidence: string; textVersion?: string; at?: Date }) => {
        const { key, evidence, textVersion, at } = options;
        const order = { customers, key, evidence, ...(textVersion !== undefined && { textVersion }), ...(at && { at: at.toISOString() }) };
        const given = await perform(context, 'consent.give', order);
        context.output.result(given, `Recorded for ${given.changed} customers who had not given it.`);
      }),
    );
  consent
    .command('withdraw')
    .description('end a consent, with effect on the very next decision')
    .argument('<customer>', "the bank's own customer id")
    .requiredOption('--key <key>', "a purpose's consent key")
    .addHelpText('after', '\nExample:\n  numbra consent withdraw C0000017 --key marketing.insurance')
    .action(
      act(async (context, customer: string, { key }: { key: string }) => {
        const withdrawn = await perform(context, 'consent.withdraw', { customer, key });
        context.output.result(withdrawn, withdrawn.changed ? 'Withdrawn.' : 'It was withdrawn before.');
      }),
    );
  consent
    .command('receipt')
    .description('what a customer agreed to, for the customer: JSON with the fields of ISO/IEC TS 27560')
    .argument('<customer>', "the bank's own customer id")
    .option('--language <language>', 'en or zh', 'en')
    .option('--out <file>', 'where to write it; a file that exists is left alone')
    .addHelpText('after', '\nExample:\n  numbra consent receipt C0000017 --out consent.json')
    .action(
      act(async (context, customer: string, { language, out }: { language: string; out?: string }) => {
        const receipt = await perform(context, 'consent.receipt', { customer, language: oneOf(['en', 'zh'] as const, language) });
        const text = JSON.stringify(receipt, null, 2);
        if (out === undefined) return context.output.result(receipt, text);
        await writeNew(out, `${text}\n`, '--out');
        return context.output.result({ file: out }, `Wrote ${out}.`);
      }),
    );
  program
    .command('do-not-call')
    .description('whom nobody calls')
    .command('import')
    .description('add a list from a CSV file: all of its rows, or none')
    .argument('<file>', 'CSV with a column of phones')
    .requiredOption('--source <code>', 'where the list comes from, such as national-list')
    .option('--column <name>', 'the column of phones', 'phone')
    .option('--until <time>', 'when the entries end, ISO 8601; never when absent', instant)
    .option('--encoding <name>', 'utf-8, gb18030, or auto', 'auto')
    .addHelpText('after', '\nExample:\n  numbra do-not-call import list.csv --source national-list')
    .action(
      act(async (context, file: string, options: { source: string; column: string; until?: Date; encoding: string }) => {
        const { source, column, until } = options;
        const encoding = oneOf(['auto', 'utf-8', 'gb18030'] as const, options.encoding);
        const order = { file: resolve(file), source, column, encoding, ...(until && { until: until.toISOString() }) };
        const report = await perform(context, 'do-not-call.import', order);
        context.output.result(report, `Added ${report.phones} phones; ${report.customers} customers have one of them.`);
      }),
    );
};
