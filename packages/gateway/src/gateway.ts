/**
 * The gateway: the HTTP face of a bank. It has no rules of its own: requests become calls of the bank, answers become HTTP.
 *
 * Not for a process without the bank's keys: it opens dial tokens.
 * @module
 */
import type { Bank, Carrier } from '@numbra/bank';
import type { FastifyInstance } from 'fastify';
import { type Logger, pino } from 'pino';
import { AddressBook } from './addresses.js';
import type { Operation } from './admin/protocol.js';
import { type AdminServer, listenAdmin } from './admin/server.js';
import { callRoutes } from './calls/routes.js';
import { fail } from './errors.js';
import { createApp, type Limits } from './http/app.js';
import { useFormBodies } from './http/bodies.js';
import { healthRoutes } from './http/health.js';
import { ledgerRoutes } from './ledger/routes.js';
import { Authenticator } from './oauth/authenticate.js';
import { metadataRoutes } from './oauth/metadata.js';
import { tokenRoute } from './oauth/token.js';
import { VERSION } from './version.js';

/** Calls whose fate is unknown are asked after; expired keys and proofs are thrown away. */
const RECONCILE_EVERY_MS = 60_000;
const TIDY_EVERY_MS = 3_600_000;

export interface GatewayOptions {
  readonly bank: Bank;
  /** Places calls. Without one every call is answered 503. */
  readonly carrier?: Carrier;
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
  /** Verified grants kept in memory; 5,000 by default. */
  readonly grantsKept?: number;
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
  const calls = bank.openCalls({ ...(options.carrier && { carrier: options.carrier }), ...(options.clock && { clock: options.clock }) });
  let open = true;
  const isOpen = (): boolean => open;
  const app = await createApp({ logger, version: VERSION, open: isOpen, ...(options.limits && { limits: options.limits }) });
  const authenticator = new Authenticator({
    bank,
    addresses,
    clock,
    ...(options.grantsKept !== undefined && { grantsKept: options.grantsKept }),
  });
  await app.register(async (scope) => {
    useFormBodies(scope);
    tokenRoute(scope, { bank, addresses, authenticator, clock });
  });
  callRoutes(app, { calls, authenticator });
  metadataRoutes(app, { bank, addresses });
  ledgerRoutes(app, { bank, authenticator });
  healthRoutes(app, { bank, open: isOpen });

  let admin: AdminServer | undefined;
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
    await app.close(); // waits for the requests under way
    await calls.close(); // and for their settlements
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
      addresses.listening(host, boundPort);
      sequencing = true;
      bank.ledger.start({
        ...(options.sequenceEveryMs !== undefined && { everyMs: options.sequenceEveryMs }),
        onError: (error) => logger.error({ err: error }, 'ledger not sequenced'),
      });
      if (options.carrier !== undefined) regularly(RECONCILE_EVERY_MS, 'reconcile', () => calls.reconcile());
      regularly(TIDY_EVERY_MS, 'tidy', () => calls.tidy());
      logger.info({ host, port: boundPort }, 'listening');
      return { url: `http://${host.includes(':') ? `[${host}]` : host}:${boundPort}` };
    },
    async listenAdmin(socketPath, operations) {
      admin = await listenAdmin(socketPath, operations, logger);
    },
    authenticationFailures: () => authenticator.failures,
    close() {
      closing ??= close();
      return closing;
    },
  };
}
