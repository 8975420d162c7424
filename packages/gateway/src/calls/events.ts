/**
 * Events of a call, as server-sent events: one, when it is over. State, minute and talk time to ten seconds; no ring time, no cause, and
 * no closer look by the clock of arrival: see `CallWatch` in the bank.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 * @module
 */
import { PassThrough } from 'node:stream';
import type { CallEvent, Calls } from '@numbra/bank';
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { allows } from '../oauth/authenticate.js';
import { grantOf } from '../oauth/protect.js';
import { sendProblem } from '../problems/problem.js';
import { CallIdParams, NoQuerySchema, ProblemSchema, ref } from '../schemas.js';
import { CALLS_PATH } from './answers.js';
import type { Guard } from './batch.js';

export interface EventsRouteOptions {
  readonly calls: Calls;
  readonly guard: Guard;
  readonly clock: () => number;
}

/** Proxies close what is silent for a minute or less. */
const KEEP_ALIVE_MS = 15_000;

/** Streams of this process; each holds a connection. */
const MOST_STREAMS = 2_000;

export function eventsRoute(app: FastifyInstance, { calls, guard, clock }: EventsRouteOptions): void {
  const streams = new Set<PassThrough>();
  app.addHook('preClose', async () => {
    for (const stream of streams) stream.end();
  });
  const problem = ref(ProblemSchema);
  app.get<{ Params: Static<typeof CallIdParams> }>(
    `${CALLS_PATH}/:id/events`,
    {
      ...guard,
      schema: {
        tags: ['calls'],
        security: [{ grant: [], proof: [] }],
        summary: 'Hear of the end of a call of your own',
        description: 'Server-sent events: `call`, once, then the stream ends. It also ends with the grant; ask again with a new one.',
        params: CallIdParams,
        querystring: NoQuerySchema,
        produces: ['text/event-stream'],
        response: { '4xx': problem, '5xx': problem },
      },
    },
    async (request, reply) => {
      const grant = grantOf(request);
      if (!allows(grant, 'dial')) return sendProblem(reply, 'action-not-granted');
      if (streams.size >= MOST_STREAMS) return sendProblem(reply, 'unavailable');
      const stream = new PassThrough();
      const watched = await calls.watch(request.params.id, grant.clientId, (event) => stream.end(written(event)));
      if (watched.outcome === 'not-found') return sendProblem(reply, 'not-found');
      streams.add(stream);
      stream.write(': watching\n\n');
      const alive = setInterval(() => stream.write(': still\n\n'), KEEP_ALIVE_MS);
      const end = setTimeout(() => stream.end(), Math.max(0, grant.expiresAt - clock()));
      stream.once('close', () => {
        streams.delete(stream);
        watched.stop();
        clearInterval(alive);
        clearTimeout(end);
      });
      return reply.header('content-type', 'text/event-stream').header('x-accel-buffering', 'no').send(stream);
    },
  );
}

/** One event; its data is one line. */
function written(event: CallEvent): string {
  return `event: call\nid: ${event.call_id}\ndata: ${JSON.stringify(event)}\n\n`;
}
