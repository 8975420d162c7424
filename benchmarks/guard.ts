/**
 * The egress guard over what it reads every day: notes in Chinese and English, a list, answers as JSON, and a table of nothing but numbers.
 * Against a regular expression that sees plain digits only. How much it finds is a test, not a benchmark: guard.corpus.test.ts.
 */
import { createHash } from 'node:crypto';
import { Sensitive } from '@numbra/core';
import { createGuard, type KnownValue, scanText } from '@numbra/core/guard';
import { type Benchmark, type Goal, pace, race, resultsOf } from './measure.js';

/** One piece of text as an export hands it over. */
const CHARACTERS = 1 << 18;
const KNOWN_CUSTOMERS = 32_000;
const PLAIN = /(?<![0-9])(?:1[3-9][0-9]{9}|[1-8][0-9]{16}[0-9Xx]|[0-9]{13,19})(?![0-9])/g;
const REGEXP = 'RegExp, plain digits';

const random = (i: number, bytes: number): Buffer => createHash('sha256').update(`guard ${i}`).digest().subarray(0, bytes);
const token = (i: number): string => Buffer.concat([random(i, 32), random(~i, 4)]).toString('base64url');

const LINES: Readonly<Record<string, (i: number) => string>> = {
  'guard/notes-chinese': (i) =>
    `客户表示最近工作比较忙，希望在周末再联系；对保障责任和缴费年限有${1 + (i % 3)}个疑问，已经详细说明，请同事跟进并记录回访结果。`,
  'guard/notes-english': (i) =>
    `The customer was busy and would rather be called at the weekend, about ${1 + (i % 11)} pm; terms and premium were explained in detail, please follow up.`,
  'guard/notes-mixed': (i) =>
    `客户于2026年11月${1 + (i % 28)}日来电，咨询定期寿险，保额${10 + (i % 90)}万元，下周三10:30回访。Premium 1,200.00 a year; order 20261123${String(i).padStart(6, '0')}.`,
  'guard/list': (i) => `nr1_${token(i)},nd1_${token(i + 1e6)},*********${10 + (i % 90)}`,
  'guard/answers': (i) =>
    `{"call_id":"c_${random(i, 12).toString('hex')}","state":"answered","started_at":"2026-11-23T10:${10 + (i % 50)}:00+08:00","talk_seconds":${i % 600},"agent":"agent-${i % 40}"}`,
  'guard/numbers': (i) => `${i},${(i * 7919) % 100_000},${(i * 104_729) % 3000}.${i % 100},2026-0${1 + (i % 9)}-1${i % 9}`,
};

function textOf(line: (i: number) => string): string {
  let text = '';
  for (let i = 0; text.length < CHARACTERS; i++) text += `${line(i)}\n`;
  return text;
}

function knownValues(): KnownValue[] {
  return Array.from({ length: KNOWN_CUSTOMERS }, (_, i): KnownValue[] => [
    { kind: 'phone', value: new Sensitive(String(8_613_000_000_000 + i * 30_001)) },
    { kind: 'account', value: new Sensitive(`62220212345${String(i * 7919).padStart(8, '0')}`) },
    { kind: 'name', value: new Sensitive(`张${String.fromCharCode(0x4e00 + (i % 9000), 0x4e00 + ((i * 7) % 9000))}`) },
  ]).flat();
}

export const guardGoals: readonly Goal[] = [];

export const guardBenchmarks: Benchmark = async (options) => {
  const guard = createGuard({ key: random(0, 32), known: knownValues() });
  const results = [];
  for (const [name, line] of Object.entries(LINES)) {
    const text = textOf(line);
    const count = Buffer.byteLength(text) / 1_000_000;
    const turns = await race(
      [
        { name: 'patterns', count, work: () => scanText(text).length },
        { name: 'known', count, work: () => guard.scan(text).length },
        { name: REGEXP, count, work: () => text.match(PLAIN)?.length },
      ],
      pace(options),
    );
    results.push(...resultsOf(name, turns, 'patterns', [REGEXP], undefined, 'MB'));
    results.push(...resultsOf(`${name}/known`, turns, 'known', [REGEXP], undefined, 'MB'));
  }
  return results;
};
