/**
 * The load of a round: many at once who order calls, and who order again what was not answered before, under the same key.
 * @module
 */
import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CrashList, Stage } from './stage.js';

interface Order {
  readonly key: string;
  readonly list: CrashList;
  readonly token: string;
}

const AT_ONCE = 24;
/** Longer than a batch takes, so that a kill falls into any part of one. */
const LONGEST_MOMENT_MS = 25;

export class Load {
  readonly #stage: Stage;
  /** Orders that nobody has answered yet. */
  readonly unanswered = new Map<string, Order>();
  readonly violations: string[] = [];
  /** By key: the first 201. */
  readonly #answers = new Map<string, string>();
  #running = false;
  #lastAnswered: Order | undefined;
  #workers: Promise<void>[] = [];
  answered = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  start(): void {
    this.#running = true;
    const again = [...this.unanswered.values()];
    this.#workers = Array.from({ length: AT_ONCE }, () => this.#work(again));
  }

  /** Waits for so many more answers, and a random moment more. */
  async until(answers: number, longestMs: number): Promise<void> {
    const goal = this.answered + answers;
    const end = performance.now() + longestMs;
    while (this.answered < goal && performance.now() < end) await sleep(1);
    await sleep(randomInt(LONGEST_MOMENT_MS));
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#workers);
  }

  /** Sends everything unanswered once more. @returns how many have no answer still */
  async settle(): Promise<number> {
    const orders = [...this.unanswered.values()];
    const next = async () => {
      for (let order = orders.pop(); order; order = orders.pop()) await this.#send(order);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, next));
    return this.unanswered.size;
  }

  async #work(again: Order[]): Promise<void> {
    while (this.#running) await this.#send(again.pop() ?? this.#fresh());
  }

  #fresh(): Order {
    const list = this.#stage.lists[randomInt(10) === 0 ? 1 : 0] as CrashList;
    const token = list.tokens[randomInt(list.tokens.length)] as string;
    // A few repeat a key that was answered: they must be told the same.
    const known = randomInt(20) === 0 ? this.#lastAnswered : undefined;
    return known ?? { key: randomUUID(), list, token };
  }

  async #send(order: Order): Promise<void> {
    this.unanswered.set(order.key, order);
    const answer = await this.#stage.order(order.list, order.token, order.key);
    if (answer === undefined || answer.status === 409 || answer.status === 503) return;
    this.unanswered.delete(order.key);
    this.answered++;
    if (answer.status !== 201) {
      if (answer.status !== 403) this.violations.push(`an order was answered ${answer.status}`);
      else if (!answer.body.includes('budget-used')) this.violations.push(`an order was refused: ${answer.body}`);
      return;
    }
    this.#lastAnswered = order;
    const first = this.#answers.get(order.key);
    if (first === undefined) this.#answers.set(order.key, answer.body);
    else if (first !== answer.body) this.violations.push(`${order.key} was answered twice, and differently`);
  }
}
