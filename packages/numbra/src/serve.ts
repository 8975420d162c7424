/**
 * Runs the gateway in the foreground until it is told to stop. Holds the store, so it also performs the commands of other
 * processes on this machine, by the local socket in the bank's home.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  createDecisionPoint,
  createGateway,
  createLogger,
  createLoopbackCarrier,
  createMessageWebhook,
  createWebhookCarrier,
  type HttpDecisionPoint,
  type MessageWebhook,
  type Operation,
} from '@numbra/gateway';
import { fail } from './errors.js';
import { openGatewayHome } from './gateway-home.js';
import { homePaths, openHome } from './home.js';
import { operations } from './operations.js';
import type { OnProgress } from './output.js';
import { readPassphrase } from './passphrase.js';
import type { CommandContext } from './reach.js';
import { stopped } from './stopped.js';

/** Where a process of somebody else's may be reached; link-local addresses are in none. */
export type ServeNetwork = 'public' | 'private' | 'loopback';

export interface ServeOptions {
  readonly carrier: string;
  readonly host?: string;
  readonly port?: number;
  /** Signs the orders of a webhook carrier. */
  readonly webhookSecret?: string;
  /** The socket of a key service; this process then reads no keyring, and operators' commands go to that one. */
  readonly keys?: string;
  /** Where messages to customers are posted. */
  readonly messageCarrier?: string;
  /** Signs them. */
  readonly messageSecret?: string;
  /** Networks that the message carrier may lie in. */
  readonly messageNetwork?: readonly ServeNetwork[];
  /** Hosts that handovers may be sent to; every registered recipient's by default. */
  readonly handoverHost?: readonly string[];
  /** Networks that recipients may lie in. */
  readonly handoverNetwork?: readonly ServeNetwork[];
  /** Networks that witnesses may lie in. */
  readonly witnessNetwork?: readonly ServeNetwork[];
  /** Hosts that vendors' key sets may be fetched from. */
  readonly vendorKeysHost?: readonly string[];
  /** PEM files. Without key and certificate something in front of this process ends TLS. */
  readonly tlsKey?: string;
  readonly tlsCert?: string;
  readonly clientCa?: string;
  /** Asked before every call, answer and handover. */
  readonly decisionPoint?: string;
  /** Its bearer token. */
  readonly decisionPointToken?: string;
  /** Networks that it may lie in. */
  readonly decisionPointNetwork?: readonly ServeNetwork[];
  /** Answers evaluations of the bank's own systems on loopback. */
  readonly evaluationsPort?: number;
  /** Serves metrics on loopback. */
  readonly metricsPort?: number;
}

/** Opens the bank, listens, and closes everything in order on SIGINT or SIGTERM. */
export async function serve(context: CommandContext, options: ServeOptions): Promise<void> {
  const home =
    options.keys === undefined
      ? await openHome(context.home, await readPassphrase(context.passphraseFile), context.databaseUrl)
      : await openGatewayHome(context.home, resolve(options.keys), context.databaseUrl);
  const { bank, settings } = home;
  const logger = createLogger({ destination: process.stderr });
  let messages: MessageWebhook | undefined;
  let decisionPoint: HttpDecisionPoint | undefined;
  try {
    messages = messagesOf(options);
    decisionPoint = decisionPointOf(options, (error) => logger.error({ err: error }, 'the decision point did not answer'));
    const gateway = await createGateway({
      bank,
      issuer: settings.issuer,
      carrier: carrierOf(options),
      ...(messages && { messages }),
      ...(decisionPoint && { decisionPoint }),
      handovers: {
        ...(options.handoverHost !== undefined && { hosts: options.handoverHost }),
        ...(options.handoverNetwork !== undefined && { networks: options.handoverNetwork }),
      },
      ...(options.witnessNetwork !== undefined && { witnesses: { networks: options.witnessNetwork } }),
      ...(options.vendorKeysHost !== undefined && { vendorKeys: { hosts: options.vendorKeysHost } }),
      ...(await tlsOf(options)),
      logger,
    });
    try {
      const { url } = await gateway.listen({ host: options.host ?? settings.host, port: options.port ?? settings.port });
      const named = Object.entries(operations) as [string, (b: typeof bank, params: unknown, progress: OnProgress) => Promise<unknown>][];
      if (options.metricsPort !== undefined) await gateway.listenMetrics({ port: options.metricsPort });
      if (options.evaluationsPort !== undefined) await gateway.listenEvaluations({ port: options.evaluationsPort });
      if (options.keys === undefined)
        await gateway.listenAdmin(homePaths(context.home).socket, {
          ...Object.fromEntries(
            named.map(([name, perform]): [string, Operation] => [name, (params, { onProgress }) => perform(bank, params, onProgress)]),
          ),
          // A receipt is worth more with a cosignature, and this process asks for them.
          'evidence.receipt': async (params) => {
            await gateway.askWitnesses();
            return operations['evidence.receipt'](bank, params as { customer: string }, () => {});
          },
          // The carrier that placed the calls is this process's own.
          'calls.reconcile': () => gateway.reconcile(),
        });
      context.output.result(
        { url, pid: process.pid },
        `Serving ${settings.bank} at ${url}, for vendors at ${settings.issuer}. Stop with Ctrl-C.`,
      );
      await stopped();
    } finally {
      await gateway.close();
    }
  } finally {
    await messages?.close();
    await decisionPoint?.close();
    await home.close();
  }
}

async function tlsOf({ tlsKey, tlsCert, clientCa }: ServeOptions) {
  if ((tlsKey === undefined) !== (tlsCert === undefined) || (tlsKey === undefined && clientCa !== undefined))
    throw fail('ERR_ARGUMENT', {}, { detail: '--tls-key and --tls-cert belong together, and --client-ca to them' });
  if (tlsKey === undefined || tlsCert === undefined) return {};
  const [key, cert, ca] = await Promise.all([tlsKey, tlsCert, ...(clientCa === undefined ? [] : [clientCa])].map(readPem));
  return { tls: { key: key as string, cert: cert as string, ...(ca !== undefined && { clientCa: ca }) } };
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(resolve(file), 'utf8');
  } catch (cause) {
    throw fail('ERR_FILE_UNREADABLE', { file }, { cause });
  }
}

/** Without one, only those customers are handed over whose consent the bank holds. */
function messagesOf({ messageCarrier: url, messageSecret: secret, messageNetwork: networks }: ServeOptions): MessageWebhook | undefined {
  if (url === undefined) return undefined;
  if (secret === undefined) throw fail('ERR_ARGUMENT', {}, { detail: 'a message carrier needs NUMBRA_MESSAGE_SECRET' });
  return createMessageWebhook({ url, secrets: [secret], ...(networks && { networks }) });
}

/** Without one, the policy decides alone. */
function decisionPointOf(options: ServeOptions, onError: (error: unknown) => void): HttpDecisionPoint | undefined {
  const { decisionPoint: url, decisionPointToken: token, decisionPointNetwork: networks } = options;
  if (url === undefined) return undefined;
  return createDecisionPoint({ url, onError, ...(token !== undefined && { token }), ...(networks && { networks }) });
}

function carrierOf({ carrier, webhookSecret }: ServeOptions) {
  if (carrier === 'loopback') return createLoopbackCarrier();
  if (webhookSecret === undefined) throw fail('ERR_ARGUMENT', {}, { detail: 'a webhook carrier needs NUMBRA_WEBHOOK_SECRET' });
  return createWebhookCarrier({ url: carrier, secrets: [webhookSecret] });
}
