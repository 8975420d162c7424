/**
 * What a gateway counts, for Prometheus. Labels are from closed lists of ours: no vendor, campaign, customer, agent or token is ever a
 * label, so that a series tells no more than how much of a kind there was.
 *
 * Not on the public address: see metrics-listener.ts.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 * @module
 */
import type { AnswerAnswer, Bank, CallAnswer, CallState, HandoverState } from '@numbra/bank';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type Readiness, readinessChecks } from './health.js';

export interface MetricsOptions {
  readonly bank: Bank;
  readonly readiness: () => Promise<Readiness>;
  /** By exact reason: codes of ours. */
  readonly authenticationFailures: () => ReadonlyMap<string, number>;
  readonly grantsKept: () => number;
}

/** The groups in which a vendor is refused, in their order; `other`: the key was used before, or is in use. */
const GROUPS = {
  limits: ['outside-window', 'campaign-closed', 'budget-used', 'agent-limit', 'concurrency-limit', 'probing-limit'],
  token: ['token-invalid'],
  cap: ['customer-cap'],
  customer: ['customer-unavailable'],
} as const;
type Group = keyof typeof GROUPS | 'credentials' | 'other';
const groupOfCode = new Map<string, Group>(Object.entries(GROUPS).flatMap(([group, codes]) => codes.map((code) => [code, group as Group])));

/** How a question is answered: what the answer was is never counted. */
const ANSWERS = ['answered', 'unavailable', 'limits', 'credentials', 'other', 'failed'] as const;
const ENDS = ['delivered', 'undelivered', 'lapsed'] as const satisfies HandoverState[];
/** What the egress guard looks through. */
const BOUND = ['answer', 'webhook'] as const;

const DIAL_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];
const OUTCOMES = ['answered', 'failed'] as const;

export class Metrics {
  readonly registry = new Registry();
  readonly #calls: Counter<'state'>;
  readonly #refusals: Counter<'group'>;
  readonly #errors: Counter;
  readonly #dial: Histogram<'outcome'>;
  readonly #answers: Counter<'outcome'>;
  readonly #handovers: Counter<'state'>;
  readonly #held: Counter<'what'>;
  readonly #alerts: Counter<'alert'>;

  constructor({ bank, readiness, authenticationFailures, grantsKept }: MetricsOptions) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.#calls = new Counter({
      name: 'numbra_calls_total',
      help: 'Orders answered with a call, by its state.',
      labelNames: ['state'],
      registers,
    });
    this.#refusals = new Counter({
      name: 'numbra_refusals_total',
      help: 'Orders refused, by the group that the vendor is told: limits, token, cap, customer, credentials, other.',
      labelNames: ['group'],
      registers,
    });
    this.#errors = new Counter({
      name: 'numbra_dial_errors_total',
      help: 'Orders that ended in an error; nothing was dialled.',
      registers,
    });
    this.#dial = new Histogram({
      name: 'numbra_dial_seconds',
      help: 'From a checked request to its answer, the carrier included.',
      labelNames: ['outcome'],
      buckets: DIAL_SECONDS,
      registers,
    });
    this.#answers = new Counter({
      name: 'numbra_answers_total',
      help: 'Questions about customers, by how they were answered: answered, unavailable, limits, credentials, other, failed.',
      labelNames: ['outcome'],
      registers,
    });
    this.#handovers = new Counter({
      name: 'numbra_handovers_total',
      help: 'Handovers that ended here, by the state they ended in.',
      labelNames: ['state'],
      registers,
    });
    this.#held = new Counter({
      name: 'numbra_egress_held_total',
      help: 'What the egress guard held back, since it holds a raw identifier; should be 0.',
      labelNames: ['what'],
      registers,
    });
    this.#alerts = new Counter({ name: 'numbra_alerts_total', help: 'Alerts raised.', labelNames: ['alert'], registers });
    this.#alerts.inc({ alert: 'ledger-unsequenced' }, 0);
    for (const state of ['placed', 'failed', 'unknown'] satisfies CallState[]) this.#calls.inc({ state }, 0);
    for (const group of [...Object.keys(GROUPS), 'credentials', 'other']) this.#refusals.inc({ group }, 0);
    for (const outcome of OUTCOMES) this.#dial.zero({ outcome });
    for (const outcome of ANSWERS) this.#answers.inc({ outcome }, 0);
    for (const state of ENDS) this.#handovers.inc({ state }, 0);
    for (const what of BOUND) this.#held.inc({ what }, 0);

    const looked = (name: string, help: string, value: () => Promise<number> | number): void => {
      const gauge: Gauge = new Gauge({
        name,
        help,
        registers,
        // What cannot be looked up now has no value, rather than an old one.
        collect: async () => gauge.set(await Promise.resolve(value()).catch(() => Number.NaN)),
      });
    };
    looked(
      'numbra_ledger_oldest_pending_seconds',
      'How long the oldest entry has waited for its position.',
      async () => (await bank.ledger.oldestPendingMs()) / 1_000,
    );
    looked('numbra_grants_kept', 'Verified grants in memory.', grantsKept);
    looked('numbra_calls_unknown', 'Calls whose fate nobody knows yet.', async () => (await bank.calls.unknown()).length);
    looked(
      'numbra_webhooks_dead',
      'Webhook deliveries that were given up; at most 1,000 are counted.',
      async () => (await bank.webhooks.dead()).length,
    );

    const ready = new Gauge({
      name: 'numbra_ready',
      help: 'Whether what a call needs is there.',
      labelNames: ['check'],
      registers,
      collect: async () => {
        const found = await readiness();
        for (const check of readinessChecks) ready.set({ check }, found[check] ? 1 : 0);
      },
    });
    const failures = new Counter({
      name: 'numbra_authentication_failures_total',
      help: 'Requests without a valid grant and proof, by reason.',
      labelNames: ['reason'],
      registers,
      collect: () => {
        failures.reset();
        for (const [reason, count] of authenticationFailures()) failures.inc({ reason }, count);
      },
    });
    const keys = new Counter({
      name: 'numbra_key_service_total',
      help: 'What the key service did since its start.',
      labelNames: ['what'],
      registers,
      collect: async () => {
        const counts = await bank.keyService.counts().catch(() => undefined);
        keys.reset();
        for (const [what, count] of Object.entries(counts ?? {})) keys.inc({ what }, count);
      },
    });
  }

  /** An order was answered. @param seconds - since it was taken */
  answered(answer: CallAnswer, seconds: number): void {
    this.#dial.observe({ outcome: 'answered' }, seconds);
    if (answer.outcome === 'called') this.#calls.inc({ state: answer.body.state });
    else if (answer.outcome === 'refused') this.#refusals.inc({ group: groupOfCode.get(answer.code) ?? 'other' });
    else this.#refusals.inc({ group: answer.outcome === 'revoked' ? 'credentials' : 'other' });
  }

  /** An order ended in an error. */
  failed(seconds: number): void {
    this.#dial.observe({ outcome: 'failed' }, seconds);
    this.#errors.inc();
  }

  /** A question was answered; `undefined`: it ended in an error. */
  asked(answer: AnswerAnswer | undefined): void {
    this.#answers.inc({ outcome: outcomeOf(answer) });
  }

  /** Handovers ended. */
  handedOver(state: (typeof ENDS)[number], count = 1): void {
    this.#handovers.inc({ state }, count);
  }

  /** The egress guard held something back. */
  held(what: (typeof BOUND)[number]): void {
    this.#held.inc({ what });
  }

  unsequenced(): void {
    this.#alerts.inc({ alert: 'ledger-unsequenced' });
  }
}

function outcomeOf(answer: AnswerAnswer | undefined): (typeof ANSWERS)[number] {
  if (answer === undefined) return 'failed';
  if (answer.outcome === 'answered') return 'answered';
  if (answer.outcome === 'refused') return answer.code === 'answer-unavailable' ? 'unavailable' : 'limits';
  return answer.outcome === 'revoked' ? 'credentials' : 'other';
}
