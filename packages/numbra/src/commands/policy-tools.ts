import type { Policy } from '@numbra/policy';
import type { Command } from 'commander';
import { fail } from '../errors.js';
import { EXIT_REFUSED } from '../output.js';
import type { Act } from '../program.js';

interface AskedOptions {
  readonly action: string;
  readonly purpose: string;
  readonly recipient: string;
  readonly agent?: string;
  readonly field?: string[];
  readonly question?: string;
  readonly at?: string;
  readonly facts?: string;
}

/** `numbra policy test | explain | diff | why-not | dpv`: what a policy does, seen before it acts. They open no bank. */
export function registerPolicyTools(policy: Command, act: Act): void {
  policy
    .command('test')
    .description('run cases: what the policy must allow and refuse')
    .argument('<policy>')
    .argument('<cases>', 'a file of cases beside it')
    .option('--explain', 'show the rules, in order, of each case that does not hold', false)
    .addHelpText('after', '\nExample:\n  numbra policy test policy.yaml policy.cases.yaml')
    .action(
      act(async (context, file: string, cases: string, options: { explain: boolean }) => {
        const { explainCases, renderCases, renderExplanation, runCases } = await import('@numbra/policy/tools');
        const [loaded, text, now] = [await load(file), await readText(cases), Date.now()];
        const results = runCases(text, loaded, now, { file: cases });
        const failed = new Set(results.filter(({ passed }) => !passed).map(({ name }) => name));
        const explained = options.explain ? explainCases(text, loaded, now, { file: cases }).filter(({ name }) => failed.has(name)) : [];
        context.output.result(
          { cases: results, failed: failed.size },
          [renderCases(results), ...explained.map((one) => `\n${one.name}\n${renderExplanation(one)}`)].join('\n'),
        );
        return failed.size === 0 ? 0 : EXIT_REFUSED;
      }),
    );
  policy
    .command('explain')
    .description('why a request is allowed or refused: the rules in order, the facts they read')
    .argument('<policy>')
    .requiredOption('--action <action>', 'dial, export, list, answer, handover, message, trunk, lookup or open')
    .requiredOption('--purpose <purpose>', 'for example marketing.insurance.term-life')
    .requiredOption('--recipient <id>', 'the vendor; for lookup and open the desk')
    .option('--agent <pseudonym>', 'who would call')
    .option('--field <name...>', 'what is asked for')
    .option('--question <name>', 'the question of an answer')
    .option('--at <instant>', 'such as 2026-11-25T21:00:00+08:00; now when absent')
    .option('--facts <json>', 'facts that differ from favourable ones, spelt as in a file of cases')
    .addHelpText(
      'after',
      `
Example:
  numbra policy explain policy.yaml --action dial --purpose marketing.insurance.term-life --recipient vendor-a \\
    --facts '{"customer":{"consent":"withdrawn"}}'`,
    )
    .action(
      act(async (context, file: string, asked: AskedOptions) => {
        const { explainCases, renderExplanation } = await import('@numbra/policy/tools');
        const [explained] = explainCases(caseOf(asked), await load(file), Date.now());
        if (explained === undefined) throw fail('ERR_ARGUMENT');
        const { name: _, ...explanation } = explained;
        context.output.result(explanation, renderExplanation(explanation));
        return explanation.decision.outcome === 'allowed' ? 0 : EXIT_REFUSED;
      }),
    );
  policy
    .command('diff')
    .description('what a change makes possible and what it stops')
    .argument('<old>')
    .argument('<new>')
    .addHelpText('after', '\nExample:\n  numbra policy diff policy.yaml policy.next.yaml')
    .action(
      act(async (context, before: string, after: string) => {
        const { diffPolicies, renderDiff } = await import('@numbra/policy/tools');
        const diff = diffPolicies(await load(before), await load(after), Date.now());
        context.output.result(diff, renderDiff(diff));
      }),
    );
  policy
    .command('why-not')
    .description('why a field of a customer does not leave, and in what form something of it does')
    .argument('<policy>')
    .argument('<field>')
    .addHelpText('after', '\nExample:\n  numbra policy why-not policy.yaml balance')
    .action(
      act(async (context, file: string, field: string) => {
        const { whyNot } = await import('@numbra/policy/tools');
        const answer = whyNot(await load(file), field);
        const passages = answer.passages.map(({ purpose, recipient, form, as }) => `  ${purpose}  ${recipient}  ${form} ${as}`);
        const leaves = passages.length === 0 ? ['Nothing of it leaves.'] : ['What leaves:', ...passages];
        context.output.result(answer, [...answer.reasons, ...leaves].join('\n'));
      }),
    );
  policy
    .command('dpv')
    .description('print the policy in the words of the W3C Data Privacy Vocabulary, as JSON-LD')
    .argument('<policy>')
    .requiredOption('--base <url>', 'where its identifiers live, ending in # or /')
    .addHelpText('after', '\nExample:\n  numbra policy dpv policy.yaml --base https://bank.example/records#')
    .action(
      act(async (context, file: string, { base }: { base: string }) => {
        const { toDpv } = await import('@numbra/policy/tools');
        if (!/^https?:\/\/\S+[#/]$/.test(base)) throw fail('ERR_ARGUMENT', { field: '--base' });
        const document = toDpv(await load(file), { base });
        context.output.result(document, JSON.stringify(document, null, 2));
      }),
    );
}

/** Loaded when a command runs: `numbra --help` needs no policy. */
async function load(file: string): Promise<Policy> {
  return (await import('../policy-files.js')).loadFiles([file]);
}

async function readText(file: string): Promise<string> {
  return (await import('../policy-files.js')).readText(file);
}

/** What was asked, as a file of one case: so that it is checked as cases are. */
function caseOf({ action, purpose, recipient, agent, field, question, at, facts }: AskedOptions): string {
  let given: unknown;
  try {
    given = facts === undefined ? undefined : JSON.parse(facts);
  } catch {
    throw fail('ERR_ARGUMENT', { field: '--facts' }, { detail: 'it is not JSON' });
  }
  const request = {
    action,
    purpose,
    recipient,
    ...(agent !== undefined && { agent }),
    ...(field && { fields: field }),
    ...(question !== undefined && { question }),
  };
  const asked = {
    name: 'asked',
    request,
    ...(at !== undefined && { at }),
    ...(given !== undefined && { facts: given }),
    expect: 'allowed',
  };
  return JSON.stringify({ numbra_cases: 1, cases: [asked] }); // JSON is YAML
}
