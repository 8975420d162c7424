/**
 * Counts orders, and puts spans around the steps of a dial (OpenTelemetry API). The API alone does nothing: a bank that wants traces
 * registers an SDK of its own. A span has a name, a time and a code of ours; no identifier, token, number or address.
 *
 * ```
 * dial
 *   ├─ dial.authenticate    grant and proof
 *   └─ dial.place           the bank: proof, batch, decision, ledger
 *        └─ dial.carrier    the order
 * ```
 * @see https://opentelemetry.io/docs/specs/otel/trace/api/
 * @module
 */
import type { Calls, Carrier } from '@numbra/bank';
import { context, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CALLS_PATH } from '../calls/answers.js';
import { VERSION } from '../version.js';
import type { Metrics } from './metrics.js';

const tracer = trace.getTracer('@numbra/gateway', VERSION);

/** The span of a request that is under way, by the request's id. */
export class DialSpans {
  readonly #spans = new Map<string, Span>();
  readonly #authentication = new WeakMap<FastifyRequest, Span>();

  /** Hooks of the application; before its routes. */
  register(app: FastifyInstance): void {
    app.addHook('onRequest', async (request) => {
      if (request.routeOptions.url !== CALLS_PATH || request.method !== 'POST') return;
      const span = tracer.startSpan('dial');
      this.#spans.set(request.id, span);
      this.#authentication.set(request, tracer.startSpan('dial.authenticate', {}, trace.setSpan(context.active(), span)));
    });
    // A route's own hooks of one kind end before the next kind begins.
    app.addHook('preParsing', async (request) => this.#authentication.get(request)?.end());
    app.addHook('onResponse', async (request, reply) => {
      const span = this.#spans.get(request.id);
      if (span === undefined) return;
      this.#spans.delete(request.id);
      this.#authentication.get(request)?.end();
      span.setAttribute('http.response.status_code', reply.statusCode);
      span.end();
    });
    app.addHook('onRequestAbort', async (request) => {
      this.#spans.get(request.id)?.end();
      this.#spans.delete(request.id);
    });
  }

  of(requestId: string): Span | undefined {
    return this.#spans.get(requestId);
  }
}

/** The same calls, counted and traced. */
export function measuredCalls(calls: Calls, metrics: Pick<Metrics, 'answered' | 'failed'>, spans: Pick<DialSpans, 'of'>): Calls {
  return {
    ...calls,
    place(request) {
      const started = performance.now();
      const seconds = (): number => (performance.now() - started) / 1_000;
      const parent = spans.of(request.requestId);
      const at = parent === undefined ? context.active() : trace.setSpan(context.active(), parent);
      return tracer.startActiveSpan('dial.place', {}, at, async (span) => {
        try {
          const answer = await calls.place(request);
          metrics.answered(answer, seconds());
          span.setAttribute('numbra.outcome', answer.outcome === 'refused' ? answer.code : answer.outcome);
          return answer;
        } catch (error) {
          metrics.failed(seconds());
          span.setStatus({ code: SpanStatusCode.ERROR });
          throw error;
        } finally {
          span.end();
        }
      });
    },
  };
}

/** The same carrier; each order is a span. */
export function tracedCarrier(carrier: Carrier): Carrier {
  return {
    name: carrier.name,
    find: (callId) => carrier.find(callId),
    ...(carrier.hangUp !== undefined && { hangUp: (callId: string, signal: AbortSignal) => carrier.hangUp!(callId, signal) }),
    ...(carrier.isAvailable !== undefined && { isAvailable: () => carrier.isAvailable!() }),
    async place(order) {
      const span = tracer.startSpan('dial.carrier');
      try {
        const answer = await carrier.place(order);
        span.setAttribute('numbra.outcome', answer.outcome);
        return answer;
      } catch (error) {
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    },
  };
}
