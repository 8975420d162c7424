/**
 * The gateway: the HTTP face of a bank. It has no rules of its own: requests become calls of the bank, answers become HTTP.
 *
 * Not for a process without the bank's keys: it opens dial tokens.
 * @module
 */
import type { Bank, Carrier, DecisionPoint, MessageCarrier, ReconcileReport } from '@numbra/bank';
import type { FastifyInstance } from 'fastify';
import { type Logger, pino } from 'pino';
import { AddressBook } from './addresses.js';
import type { Operation } from './admin/protocol.js';
import { type AdminServer, listenAdmin } from './admin/server.js';
import { answerRoutes } from './answers/routes.js';
import { type EvaluationsAddress, listenEvaluations } from './authzen/listener.js';
import { evaluationRoutes } from './authzen/routes.js';
import { CallAnswers } from './calls/answers.js';
import { limitRequests, type RequestLimit, RequestMeter } from './calls/requests.js';
import { callRoutes } from './calls/routes.js';
import { deletionRoute } from './campaigns/deletion-route.js';
import { campaignRoutes } from './campaigns/routes.js';
import { type BreakerOptions, withBreaker } from './carriers/breaker.js';
import { fail } from './errors.js';
import { handoverRoutes } from './handovers/routes.js';
import { HandoverSender, type HandoverSendOptions } from './handovers/sender.js';
import { createApp, type Limits, type TlsOptions } from './http/app.js';
import { healthRoutes, type Readiness, ReadinessWatch } from './http/health.js';
import { Metrics } from './http/metrics.js';
import { measuredActs } from './http/metrics-acts.js';
import { DialSpans, measuredCalls, tracedCarrier } from './http/metrics-calls.js';
import { listenMetrics, type MetricsAddress } from './http/metrics-listener.js';
import { ledgerRoutes } from './ledger/routes.js';
import { protect } from './oauth/protect.js';
import { createOAuthServer, type OAuthOptions } from './oauth/server.js';
import { VERSION } from './version.js';
import { type WebhookOptions, WebhookSender } from './webhooks/sender.js';
import { type AskWitnessesOptions, WitnessAsker } from './witness/asker.js';

/** Calls whose fate is unknown are asked after; expired keys and proofs are thrown away. */
const RECONCILE_EVERY_MS = 60_000;
const TIDY_EVERY_MS = 3_600_000;
const ALERTS_EVERY_MS = 300_000;
/** What is missing stands in the log and in the alerts also when no load balancer asks. */
const WATCH_EVERY_MS = 10_000;

export interface GatewayOptions extends OAuthOptions {
  readonly bank: Bank;
  /** Places calls. Without one every call is answered 503. */
  readonly carrier?: Carrier;
  /** Asked before every call, answer and handover, and can only narrow: see `createDecisionPoint`. The policy decides alone without one. */
  readonly decisionPoint?: DecisionPoint;
  /** When orders pause because the carrier does not answer. */
  readonly breaker?: BreakerOptions;
  /** Requests of one client to this process. */
  readonly requests?: Partial<RequestLimit>;
  /** Where vendors may be told, and how often what waits is sent. */
  readonly webhooks?: WebhookOptions;
  /** Sends customers the codes by which they confirm handovers. Without one, only those begin whose consent the bank holds. */
  readonly messages?: MessageCarrier;
  /** Where handovers may go, and how often what waits is sent. */
  readonly handovers?: HandoverSendOptions;
  /** How registered witnesses are asked to cosign checkpoints. */
  readonly witnesses?: AskWitnessesOptions;
  /** How often calls that a vendor watches are looked at; 10,000 by default. */
  readonly watchEveryMs?: number;
  /** The origin that vendors know, `https://bank.example`. Without it, the loopback address that is listened at: for trying out. */
  readonly issuer?: string;
  /** The resolver's origin, where it is another one; grants are for it. */
  readonly resource?: string;
  /** See `createLogger`; nothing is logged by default. */
  readonly logger?: Logger;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  /** How the ledger's sequencer is run: each second by default. */
  readonly sequenceEveryMs?: number;
  readonly limits?: Partial<Limits>;
  /** Ends TLS 1.3 here, and so takes client certificates (RFC 8705). Without it, http: something in front ends TLS. */
  readonly tls?: TlsOptions;
}

export interface Gateway {
  /** The application, for `inject` and for plugins of the bank's own. */
  readonly app: FastifyInstance;
  /**
   * Takes requests, after a look that the database is not restored from an older copy.
   *
   * @param at - `127.0.0.1` by default; port 0 takes a free one
   * @returns the address that was bound, without a slash at its end
   * @throws `ERR_GATEWAY_PORT_BUSY`, `ERR_GATEWAY_ADDRESS`, `ERR_GATEWAY_URL`; `ERR_LEDGER_OLDER_COPY`, `ERR_LEDGER_OTHER_COPY`
   */
  listen(at: { readonly host?: string; readonly port: number }): Promise<{ readonly url: string }>;
  /** Takes commands of this machine's operator: see admin/server.ts. */
  listenAdmin(socketPath: string, operations: Readonly<Record<string, Operation>>): Promise<void>;
  /** Requests to the resolver that showed no valid grant and proof, by exact reason; the vendor is told less. Since the start. */
  authenticationFailures(): ReadonlyMap<string, number>;
  /** Asks every registered witness to cosign the newest checkpoint now, for a receipt that is made next. Never throws. */
  askWitnesses(): Promise<void>;
  /** Asks the carrier about calls whose fate nobody knows, now. @throws `ERR_CARRIER_MISSING` */
  reconcile(): Promise<ReconcileReport>;
  /** What a call needs, and whether it is there; looked up at most twice a second. Never throws. */
  readiness(): Promise<Readiness>;
  /** The metrics as text. */
  metrics(): Promise<string>;
  /** Serves them on loopback. @throws `ERR_METRICS_ADDRESS`, `ERR_GATEWAY_PORT_BUSY` */
  listenMetrics(address: MetricsAddress): Promise<{ readonly url: string }>;
  /** Answers the bank's own systems on loopback, with exact rules: see authzen/listener.ts. @throws `ERR_EVALUATIONS_ADDRESS`, `ERR_GATEWAY_PORT_BUSY` */
  listenEvaluations(address: EvaluationsAddress): Promise<{ readonly url: string }>;
  /** Takes no new requests, finishes those under way, settles and sequences them, publishes the checkpoint. The bank stays the caller's. */
  close(): Promise<void>;
}

/**
 * Makes a gateway; it listens when told to.
 *
 * @throws `ERR_GATEWAY_URL`
 */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { bank, clock = Date.now, logger = pino({ enabled: false }) } = options;
  const addresses = new AddressBook(options.issuer, options.resource);
  const carrier = options.carrier && withBreaker(tracedCarrier(options.carrier), options.breaker);
  const opened = bank.openCalls({
    ...(carrier && { carrier }),
    ...(options.decisionPoint && { decisionPoint: options.decisionPoint }),
    ...(options.clock && { clock: options.clock }),
    ...(options.watchEveryMs !== undefined && { watchEveryMs: options.watchEveryMs }),
  });
  let open = true;
  const isOpen = (): boolean => open;
  const { tls, limits } = options;
  const onHeld = (): void => metrics.held('answer');
  const app = await createApp({ logger, version: VERSION, open: isOpen, onHeld, ...(limits && { limits }), ...(tls && { tls }) });
  const oauth = createOAuthServer({ bank, addresses, clock, logger, certificates: tls !== undefined }, options);
  const { authenticator } = oauth;
  const readiness = new ReadinessWatch({
    bank,
    open: isOpen,
    carrier: () => carrier?.isAvailable?.() !== false,
    onUnsequenced: () => metrics.unsequenced(),
    logger,
  });
  const metrics = new Metrics({
    bank,
    readiness: () => readiness.look(),
    authenticationFailures: () => authenticator.failures,
    grantsKept: () => authenticator.grantsKept,
  });
  const spans = new DialSpans();
  spans.register(app);
  const calls = measuredCalls(opened, metrics, spans);
  const acts = measuredActs(bank, metrics);
  await oauth.register(app);
  const meter = new RequestMeter(options.requests, clock);
  callRoutes(app, { calls, authenticator, meter, clock });
  const { onRequest, preHandler } = protect(authenticator);
  const guard = { onRequest: [onRequest, limitRequests(meter)], preHandler };
  campaignRoutes(app, { bank, guard, answers: new CallAnswers(authenticator, clock), vendorKeys: oauth.vendorKeys });
  deletionRoute(app, { bank, vendorKeys: oauth.vendorKeys });
  const answers = new CallAnswers(authenticator, clock);
  const elsewhere = options.decisionPoint && { decisionPoint: options.decisionPoint };
  answerRoutes(app, { bank: acts, guard, answers, ...elsewhere });
  evaluationRoutes(app, { bank, guard });
  handoverRoutes(app, { bank: acts, guard, answers, ...elsewhere, ...(options.messages && { messages: options.messages }) });
  const trying = options.issuer === undefined || options.issuer.startsWith('http:'); // an http issuer is on loopback
  const sender = new WebhookSender({
    ...(trying && { networks: ['public', 'loopback'] }),
    ...options.webhooks,
    webhooks: bank.webhooks,
    clock,
    onError: (error) => logger.error({ err: error }, 'webhooks not sent'),
    onHeld: (delivery, found) => {
      metrics.held('webhook');
      logger.error({ delivery, found }, 'alert: the egress guard held a webhook back');
    },
  });
  const handing = new HandoverSender({
    ...(trying && { networks: ['public', 'loopback'] }),
    ...options.handovers,
    handovers: acts.handovers,
    onError: (error) => logger.error({ err: error }, 'handovers not sent'),
  });
  const asker = new WitnessAsker({
    ...(trying && { networks: ['public', 'loopback'] }),
    ...options.witnesses,
    bank,
    onError: (error) => logger.error({ err: error }, 'witnesses not asked'),
    onRefused: (witness, code) => logger.error({ witness, code }, 'a witness did not cosign'),
  });
  ledgerRoutes(app, { bank, authenticator });
  healthRoutes(app, readiness);

  let admin: AdminServer | undefined;
  const listeners: { close(): Promise<void> }[] = [];
  let sequencing = false;
  let closing: Promise<void> | undefined;
  const chores: NodeJS.Timeout[] = [];

  function regularly(everyMs: number, name: string, work: () => Promise<unknown>): void {
    const timer = setInterval(() => void work().catch((error: unknown) => logger.error({ err: error }, `${name} failed`)), everyMs);
    chores.push(timer.unref());
  }

  async function close(): Promise<void> {
    open = false;
    for (const timer of chores) clearInterval(timer);
    await admin?.close();
    await Promise.all(listeners.map((listener) => listener.close()));
    await app.close(); // waits for the requests under way
    await oauth.close();
    await calls.close(); // and for their settlements
    await sender.close();
    await asker.close();
    await handing.close();
    if (!sequencing) return;
    await bank.ledger.stop();
    await bank.ledger.sequence();
  }

  return {
    app,
    async listen({ host = '127.0.0.1', port }) {
      await bank.ledger.assertCurrent();
      try {
        await app.listen({ host, port });
      } catch (cause) {
        const busy = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE';
        throw fail(busy ? 'ERR_GATEWAY_PORT_BUSY' : 'ERR_GATEWAY_ADDRESS', {}, { cause });
      }
      const bound = app.server.address();
      const boundPort = typeof bound === 'object' && bound !== null ? bound.port : port;
      const scheme = tls === undefined ? 'http' : 'https';
      addresses.listening(host, boundPort, scheme);
      sequencing = true;
      bank.ledger.start({
        ...(options.sequenceEveryMs !== undefined && { everyMs: options.sequenceEveryMs }),
        onError: (error) => logger.error({ err: error }, 'ledger not sequenced'),
      });
      if (options.carrier !== undefined) regularly(RECONCILE_EVERY_MS, 'reconcile', () => calls.reconcile());
      regularly(
        TIDY_EVERY_MS,
        'tidy',
        async () =>
          (await calls.tidy()) +
          (await bank.webhooks.tidy()) +
          (await bank.grants.tidy()) +
          (await bank.answers.tidy()) +
          (await bank.handovers.tidy()) +
          (await bank.lookups.tidy()),
      );
      regularly(ALERTS_EVERY_MS, 'alerts', async () => {
        // Who it is about stands in the bank's own list; a log goes to more people.
        for (const { id, code, figures } of await bank.alerts.look()) logger.error({ alert: id, code, figures }, 'alert: a day stands out');
      });
      sender.start();
      asker.start();
      handing.start();
      regularly(WATCH_EVERY_MS, 'readiness', () => readiness.look());
      logger.info({ host, port: boundPort }, 'listening');
      return { url: `${scheme}://${host.includes(':') ? `[${host}]` : host}:${boundPort}` };
    },
    async listenAdmin(socketPath, operations) {
      admin = await listenAdmin(socketPath, operations, logger);
    },
    async askWitnesses() {
      await bank.ledger.sequence();
      await asker.askNow();
    },
    reconcile: () => calls.reconcile(),
    authenticationFailures: () => authenticator.failures,
    readiness: () => readiness.look(),
    metrics: () => metrics.registry.metrics(),
    async listenMetrics(address) {
      const listener = await listenMetrics(address, metrics.registry, () => readiness.look());
      listeners.push(listener);
      return { url: listener.url };
    },
    async listenEvaluations(address) {
      const listener = await listenEvaluations(address, bank, (error) => logger.error({ err: error }, 'evaluation not answered'));
      listeners.push(listener);
      return { url: listener.url };
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}
