/**
 * A load generator that costs little: prebuilt requests over kept connections, answers read by their length.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface LoadReport {
  /** Answers of 201 within the time, a second. */
  readonly perSecond: number;
  readonly answered: number;
  /** Milliseconds, rising. */
  readonly latencies: readonly number[];
  /** Answers with another status, by status. */
  readonly refused: ReadonlyMap<number, number>;
}

/** One request under way at a time. */
class Line {
  readonly #socket: Socket;
  #waiting: ((status: number) => void) | undefined;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (chunk) => this.#take(chunk));
    this.#socket.on('error', () => this.#end(0));
    this.#socket.on('close', () => this.#end(0));
  }

  send(request: Buffer): Promise<number> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    const head = this.#buffer.indexOf('\r\n\r\n');
    if (head < 0) return;
    const text = this.#buffer.toString('latin1', 0, head);
    const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
    if (this.#buffer.length < head + 4 + length) return;
    this.#buffer = this.#buffer.subarray(head + 4 + length);
    this.#end(Number(text.slice(9, 12)));
  }

  #end(status: number): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(status);
  }
}

export interface LoadOptions {
  readonly connections: number;
  readonly ms: number;
  /** Requests a second; as fast as answers come by default. Latency then counts from when a request was due. */
  readonly rate?: number;
}

/** Sends requests in order until the time or they are over. */
export async function load(port: number, requests: readonly Buffer[], { connections, ms, rate }: LoadOptions): Promise<LoadReport> {
  const lines = Array.from({ length: connections }, () => new Line(port));
  const latencies: number[] = [];
  const refused = new Map<number, number>();
  let next = 0;
  let inTime = 0;
  const started = performance.now();
  const end = started + ms;
  async function work(line: Line): Promise<void> {
    while (next < requests.length) {
      const turn = next++;
      const due = rate === undefined ? performance.now() : started + (turn * 1_000) / rate;
      if (due >= end) return;
      const early = due - performance.now();
      if (early > 1) await sleep(early);
      if (performance.now() >= end) return;
      const status = await line.send(requests[turn] as Buffer);
      const now = performance.now();
      if (status === 201) {
        latencies.push(now - due);
        if (now < end) inTime++;
      } else refused.set(status, (refused.get(status) ?? 0) + 1);
      if (status === 0) return;
    }
  }
  await Promise.all(lines.map(work));
  for (const line of lines) line.close();
  const spent = Math.min(ms, performance.now() - started);
  latencies.sort((a, b) => a - b);
  return { perSecond: (inTime * 1_000) / spent, answered: latencies.length, latencies, refused };
}

export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}
