/**
 * For load balancers: `/healthz` says that the process answers, `/readyz` whether it can do its work: the database answers
 * and the ledger keeps up.
 * @module
 */
import type { Bank } from '@numbra/bank';
import type { FastifyInstance } from 'fastify';
import { sendProblem } from '../problems/problem.js';
import { NoQuerySchema, ProblemSchema, ref, StatusSchema } from '../schemas.js';

export interface HealthOptions {
  readonly bank: Bank;
  /** Whether the gateway still takes requests. */
  readonly open: () => boolean;
}

/** An entry that waits longer for its position is an alert: from then on no call should come here. */
const LONGEST_WAIT_MS = 60_000;
const DATABASE_ANSWERS_WITHIN_MS = 2_000;

export function healthRoutes(app: FastifyInstance, { bank, open }: HealthOptions): void {
  const schema = { tags: ['operation'], querystring: NoQuerySchema };
  app.get('/healthz', { logLevel: 'warn', schema: { ...schema, summary: 'Alive', response: { 200: ref(StatusSchema) } } }, async () => ({
    status: 'ok',
  }));
  app.get(
    '/readyz',
    { logLevel: 'warn', schema: { ...schema, summary: 'Ready', response: { 200: ref(StatusSchema), 503: ref(ProblemSchema) } } },
    async (_request, reply) => ((await isReady()) ? { status: 'ok' } : sendProblem(reply, 'unavailable')),
  );

  async function isReady(): Promise<boolean> {
    if (!open()) return false;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<number>((resolve) => {
      timer = setTimeout(() => resolve(Number.POSITIVE_INFINITY), DATABASE_ANSWERS_WITHIN_MS);
    });
    const waited = bank.ledger.oldestPendingMs().catch(() => Number.POSITIVE_INFINITY);
    try {
      return (await Promise.race([waited, late])) < LONGEST_WAIT_MS;
    } finally {
      clearTimeout(timer);
    }
  }
}
