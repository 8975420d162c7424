/**
 * For load balancers: `/healthz` says that the process answers, `/readyz` whether a call sent here now could be placed. What is missing is
 * told to the bank alone (the log, and metrics): the public gets one answer.
 * @module
 */
import type { Bank } from '@numbra/bank';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { sendProblem } from '../problems/problem.js';
import { NoQuerySchema, ProblemSchema, ref, StatusSchema } from '../schemas.js';

/** What a gateway needs to place a call. */
export const readinessChecks = ['open', 'database', 'ledger', 'carrier', 'keys'] as const;
export type ReadinessCheck = (typeof readinessChecks)[number];
export type Readiness = Readonly<Record<ReadinessCheck, boolean>>;

export interface ReadinessOptions {
  readonly bank: Bank;
  /** Whether the gateway still takes requests. */
  readonly open: () => boolean;
  /** Whether the carrier takes orders; a gateway without one has other work. */
  readonly carrier: () => boolean;
  /** Told when an entry has waited too long for its position, once until it is there. */
  readonly onUnsequenced: () => void;
  readonly logger: Pick<Logger, 'warn' | 'info' | 'error'>;
}

/** An entry that waits longer for its position is an alert: from then on no call should come here. */
export const LONGEST_WAIT_MS = 60_000;
const ANSWERS_WITHIN_MS = 2_000;
/** Everybody may ask: the database is asked no more often than this. */
const KEPT_MS = 500;

/** Looks, keeps what it saw for half a second, and says in the log what changed. */
export class ReadinessWatch {
  readonly #options: ReadinessOptions;
  #looking: Promise<Readiness> | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #missing = '';
  #unsequenced = false;

  constructor(options: ReadinessOptions) {
    this.#options = options;
  }

  /** Never throws: what does not answer in time is not there. */
  look(): Promise<Readiness> {
    const now = performance.now();
    if (this.#looking === undefined || now - this.#lookedAt >= KEPT_MS) {
      this.#lookedAt = now;
      this.#looking = this.#look();
    }
    return this.#looking;
  }

  async #look(): Promise<Readiness> {
    const { bank, open, carrier } = this.#options;
    const [database, waited, keys] = await Promise.all([
      inTime(bank.isWritable(), false),
      inTime(bank.ledger.oldestPendingMs(), undefined),
      inTime(
        bank.keyService.counts().then(() => true),
        false,
      ),
    ]);
    const ready = { open: open(), database, ledger: waited !== undefined && waited < LONGEST_WAIT_MS, carrier: carrier(), keys };
    this.#tell(ready, waited);
    return ready;
  }

  #tell(ready: Readiness, waited: number | undefined): void {
    const { logger, onUnsequenced } = this.#options;
    const missing = readinessChecks.filter((check) => !ready[check]);
    if (missing.join() !== this.#missing) {
      if (missing.length > 0) logger.warn({ missing }, 'not ready');
      else logger.info('ready');
      this.#missing = missing.join();
    }
    if (waited === undefined) return;
    const late = waited >= LONGEST_WAIT_MS;
    if (late && !this.#unsequenced) {
      logger.error({ seconds: Math.floor(waited / 1_000) }, 'alert: an entry has had no position in the ledger for 60 seconds');
      onUnsequenced();
    }
    this.#unsequenced = late;
  }
}

export function healthRoutes(app: FastifyInstance, watch: Pick<ReadinessWatch, 'look'>): void {
  const schema = { tags: ['operation'], querystring: NoQuerySchema };
  app.get('/healthz', { logLevel: 'warn', schema: { ...schema, summary: 'Alive', response: { 200: ref(StatusSchema) } } }, async () => ({
    status: 'ok',
  }));
  app.get(
    '/readyz',
    { logLevel: 'warn', schema: { ...schema, summary: 'Ready', response: { 200: ref(StatusSchema), 503: ref(ProblemSchema) } } },
    async (_request, reply) => (isReady(await watch.look()) ? { status: 'ok' } : sendProblem(reply, 'unavailable')),
  );
}

export const isReady = (readiness: Readiness): boolean => readinessChecks.every((check) => readiness[check]);

async function inTime<T, O>(asked: Promise<T>, otherwise: O): Promise<T | O> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<O>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), ANSWERS_WITHIN_MS);
  });
  try {
    return await Promise.race([asked.catch(() => otherwise), late]);
  } finally {
    clearTimeout(timer);
  }
}
