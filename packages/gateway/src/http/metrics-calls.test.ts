import { type Attributes, type Context, type Span, type SpanOptions, type Tracer, trace } from '@opentelemetry/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../../../../tests/support/gateways.js';

interface Seen {
  readonly name: string;
  readonly attributes: Attributes;
  readonly parent: string | undefined;
  ended: boolean;
}

/** As much of an SDK as shows what it would be given. */
class Recorder {
  readonly seen: Seen[] = [];
  readonly #names = new Map<string, string>();

  getTracer(): Tracer {
    const startSpan = (name: string, _options?: SpanOptions, context?: Context): Span => this.#span(name, context);
    return {
      startSpan,
      startActiveSpan: (name: string, ...rest: unknown[]) => {
        const work = rest.at(-1) as (span: Span) => unknown;
        return work(startSpan(name, {}, rest.length > 2 ? (rest[1] as Context) : undefined));
      },
    } as Tracer;
  }

  #span(name: string, context: Context | undefined): Span {
    const id = String(this.seen.length).padStart(16, '0');
    const parent = context && trace.getSpanContext(context)?.spanId;
    const seen: Seen = { name, attributes: {}, parent: parent === undefined ? undefined : this.#names.get(parent), ended: false };
    this.#names.set(id, name);
    this.seen.push(seen);
    const span = {
      spanContext: () => ({ traceId: 'a'.repeat(32), spanId: id, traceFlags: 1 }),
      setAttribute: (key: string, value: string) => {
        Object.assign(seen.attributes, { [key]: value });
        return span;
      },
      setStatus: () => span,
      end: () => {
        seen.ended = true;
      },
    } as unknown as Span;
    return span;
  }
}

describe('traces of a dial', () => {
  const recorder = new Recorder();
  let world: TestGateway;
  beforeAll(async () => {
    trace.setGlobalTracerProvider(recorder);
    world = await startGateway('postgres');
  });
  afterAll(async () => {
    await world.close();
    trace.disable();
  });

  it('have a span for each step, which says how it ended and nothing else', async () => {
    recorder.seen.length = 0;
    expect((await world.call(world.a, { dial_token: world.a.rows[0]?.dialToken, agent: 'agent-17' })).status).toBe(201);
    expect(recorder.seen.map(({ name, parent }) => [name, parent])).toEqual([
      ['dial', undefined],
      ['dial.authenticate', 'dial'],
      ['dial.place', 'dial'],
      ['dial.carrier', undefined],
    ]);
    expect(recorder.seen.every(({ ended }) => ended)).toBe(true);
    expect(recorder.seen.map(({ attributes }) => attributes)).toEqual([
      { 'http.response.status_code': 201 },
      {},
      { 'numbra.outcome': 'called' },
      { 'numbra.outcome': 'placed' },
    ]);
  });

  it('end when authentication fails, too', async () => {
    recorder.seen.length = 0;
    await fetch(`${world.url}/v1/calls`, { method: 'POST', headers: { authorization: 'DPoP forged', dpop: 'forged' } });
    expect(recorder.seen.map(({ name, ended }) => [name, ended])).toEqual([
      ['dial', true],
      ['dial.authenticate', true],
    ]);
    expect(recorder.seen[0]?.attributes).toEqual({ 'http.response.status_code': 401 });
  });
});
