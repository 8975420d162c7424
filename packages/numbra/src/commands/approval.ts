import { wholeNumber } from '../arguments.js';
import { fail } from '../errors.js';
import type { Register } from '../program.js';
import { perform } from '../reach.js';

interface RequestOptions {
  readonly digest: string;
  readonly by: string;
  readonly reason: string;
  readonly ttl?: number;
}

const DIGEST = /^(?:sha256:)?([0-9a-f]{64})$/;

/** `numbra approval request`, `approve`, `list`: acts that take two people. */
export const registerApproval: Register = (program, act) => {
  const approval = program.command('approval').description('acts that take two people, neither of whom asked for it');
  approval
    .command('request')
    .description('ask for approval of exactly one act')
    .argument('<act>', 'its kind, kebab-case')
    .requiredOption('--digest <sha256>', 'SHA-256 of exactly what is to be done, 64 hex digits')
    .requiredOption('--by <person>', 'your pseudonymous staff id')
    .requiredOption('--reason <text>', 'for those who approve; it enters no ledger')
    .option('--ttl <seconds>', 'how long it waits; a day when absent, a week at most', wholeNumber)
    .addHelpText(
      'after',
      `
Example:
  numbra approval request vendor-learns --digest "$(sha256sum terms.json | cut -d ' ' -f 1)" --by staff-17 --reason "do-not-call match of November"`,
    )
    .action(
      act(async (context, kind: string, { digest, by, reason, ttl }: RequestOptions) => {
        const subject = DIGEST.exec(digest)?.[1];
        if (subject === undefined) throw fail('ERR_ARGUMENT', { field: '--digest' });
        const asked = { kind, subject, requestedBy: by, reason, ...(ttl === undefined ? {} : { ttlSeconds: ttl }) };
        const requested = await perform(context, 'approval.request', asked);
        const until = new Date(requested.expiresAt).toISOString();
        context.output.result(requested, `Asked for approval as ${requested.id}, until ${until}. Two others approve of it.`);
      }),
    );
  approval
    .command('approve')
    .description('approve of what somebody else asked for')
    .argument('<request>')
    .requiredOption('--by <person>', 'your pseudonymous staff id')
    .addHelpText('after', '\nExample:\n  numbra approval approve approval_Zk3abcdefghijklm --by staff-18')
    .action(
      act(async (context, id: string, { by }: { by: string }) => {
        const approved = await perform(context, 'approval.approve', { id, by });
        context.output.result(approved, approved.complete ? `Approved; ${id} may be used now, once.` : 'Approved; one more person must.');
      }),
    );
  approval
    .command('list')
    .description('what was asked for, newest first')
    .addHelpText('after', '\nExample:\n  numbra approval list')
    .action(
      act(async (context) => {
        const approvals = await perform(context, 'approval.list', {});
        context.output.result(
          { approvals },
          approvals
            .map(
              ({ id, kind, state, requestedBy, approvals: given, reason }) =>
                `${id}  ${kind}  ${state}  ${given}/2  ${requestedBy}  ${reason}`,
            )
            .join('\n'),
        );
      }),
    );
};
