import fc from 'fast-check';
import { expect, it } from 'vitest';
import { digestId, isCallId, newCallId, randomPool } from './ids.js';

it('gives one id to one list of texts, and another to every other cut of them', () => {
  expect(digestId('a', 'bc')).toBe(digestId('a', 'bc'));
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 4 }), fc.array(fc.string(), { minLength: 1, maxLength: 4 }), (a, b) => {
      expect(digestId(...a) === digestId(...b)).toBe(JSON.stringify(a) === JSON.stringify(b));
    }),
  );
  expect(isCallId(digestId('x'))).toBe(true);
});

it('makes call ids of version 7 that rise with time', () => {
  const id = newCallId(1_795_593_600_000, new Uint8Array(10).fill(0xff));
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(newCallId(1_795_593_600_001, new Uint8Array(10)) > id).toBe(true);
  expect(isCallId(id)).toBe(true);
  expect(isCallId(id.toUpperCase())).toBe(false);
  expect(isCallId(`${id} `)).toBe(false);
});

it('hands out each random byte once', () => {
  let next = 0;
  const random = randomPool((bytes) => Uint8Array.from({ length: bytes }, () => next++ % 251), 40);
  const handed = Array.from({ length: 5 }, () => random(16));
  expect(handed[0]).toEqual(Uint8Array.from({ length: 16 }, (_, i) => i));
  expect(handed[1]).toEqual(Uint8Array.from({ length: 16 }, (_, i) => 16 + i));
  expect(new Set(handed.map(String)).size).toBe(5);
  handed[0]!.fill(0);
  expect(handed[1]![0]).toBe(16);
});
