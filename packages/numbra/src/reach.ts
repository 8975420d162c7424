/**
 * Reaches a bank: through a running gateway's local socket when there is one, else by opening its home here.
 * The embedded store belongs to one process, so a command must not open it beside a gateway.
 * @module
 */
import type { Bank } from '@numbra/bank';
import type { OperationName, OperationParams, OperationResult } from './operations.js';
import type { Output } from './output.js';

export interface CommandContext {
  readonly home: string;
  readonly passphraseFile: string | undefined;
  readonly databaseUrl: string | undefined;
  /** Signs the orders of a webhook carrier. */
  readonly webhookSecret: string | undefined;
  /** Signs messages to customers. */
  readonly messageSecret: string | undefined;
  readonly decisionPointToken: string | undefined;
  readonly output: Output;
}

/** Performs one operation on the bank of `context.home`, wherever its store is held. */
export async function perform<N extends OperationName>(
  context: CommandContext,
  name: N,
  params: OperationParams<N>,
): Promise<OperationResult<N>> {
  const { homePaths, openHome, readSettings } = await import('./home.js');
  const paths = homePaths(context.home);
  await readSettings(paths);
  const { callAdmin, reachable } = await import('@numbra/gateway');
  const { output } = context;
  if (await reachable(paths.socket)) {
    return (await callAdmin(paths.socket, name, params, (step) =>
      output.progress(step as Parameters<Output['progress']>[0]),
    )) as OperationResult<N>;
  }
  const { readPassphrase } = await import('./passphrase.js');
  const { onOlderCopy, operations, readings } = await import('./operations.js');
  const home = await openHome(context.home, await readPassphrase(context.passphraseFile), context.databaseUrl);
  try {
    const operation = operations[name] as (bank: Bank, given: typeof params, progress: Output['progress']) => Promise<OperationResult<N>>;
    if (readings.has(name)) return await operation(home.bank, params, output.progress);
    // No gateway runs, so the act's entry is given its place, and the checkpoint signed, here. Never on a restored older copy.
    const isAllowed = onOlderCopy.has(name) && (await home.bank.evidence.restoreStatus()) !== undefined;
    if (isAllowed) return await operation(home.bank, params, output.progress);
    await home.bank.ledger.assertCurrent();
    const result = await operation(home.bank, params, output.progress);
    await home.bank.ledger.sequence();
    return result;
  } finally {
    output.done();
    await home.close();
  }
}
