import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Gatherer } from './gather.js';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('Gatherer', () => {
  it('puts what comes in one turn into one batch, and what comes during a batch into the next', async () => {
    const batches: number[][] = [];
    const ends: (() => void)[] = [];
    const gatherer = new Gatherer<number>({
      items: 64,
      riders: 0,
      run: (items) => {
        batches.push([...items]);
        return new Promise((resolve) => ends.push(resolve));
      },
    });
    gatherer.add(1);
    gatherer.add(2);
    await turn();
    await turn();
    gatherer.add(3);
    await turn();
    gatherer.add(4);
    expect(batches).toEqual([[1, 2]]);
    ends.shift()?.();
    await turn();
    await turn();
    expect(batches).toEqual([
      [1, 2],
      [3, 4],
    ]);
    ends.shift()?.();
    await gatherer.whenIdle();
  });

  it('takes no more than its room, in order', async () => {
    const batches: number[][] = [];
    const gatherer = new Gatherer<number>({ items: 3, riders: 0, run: async (items) => void batches.push([...items]) });
    for (let i = 0; i < 8; i++) gatherer.add(i);
    await gatherer.whenIdle();
    expect(batches).toEqual([
      [0, 1, 2],
      [3, 4, 5],
      [6, 7],
    ]);
  });

  it('lets riders ride along, and start a batch of their own when no item is there', async () => {
    const batches: [number[], string[]][] = [];
    const gatherer = new Gatherer<number, string>({
      items: 3,
      riders: 2,
      run: async (items, riders) => void batches.push([[...items], [...riders]]),
    });
    gatherer.ride('a', 'b', 'c');
    gatherer.add(1);
    await gatherer.whenIdle();
    gatherer.ride('d');
    await gatherer.whenIdle();
    expect(batches).toEqual([
      [[1], ['a', 'b']],
      [[], ['c']],
      [[], ['d']],
    ]);
  });

  it('goes on after a batch that throws', async () => {
    let runs = 0;
    const gatherer = new Gatherer<number>({
      items: 1,
      riders: 0,
      run: async () => {
        runs++;
        throw new Error('broken');
      },
    });
    gatherer.add(1);
    gatherer.add(2);
    await gatherer.whenIdle();
    expect(runs).toBe(2);
  });

  it('loses and doubles nothing, and never runs two batches at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 40 }), async (pauses) => {
        const seen: number[] = [];
        let running = 0;
        const gatherer = new Gatherer<number>({
          items: 5,
          riders: 0,
          run: async (items) => {
            expect(++running).toBe(1);
            await turn();
            seen.push(...items);
            running--;
          },
        });
        for (const [i, pause] of pauses.entries()) {
          gatherer.add(i);
          for (let turns = 0; turns < pause; turns++) await turn();
        }
        await gatherer.whenIdle();
        expect(seen).toEqual(pauses.map((_, i) => i));
      }),
      { numRuns: 50 },
    );
  });
});
