/**
 * Sends hostile inputs and counts: `npm run test:hostile -- --runs 20000 [--seed 7]`. The last line is
 * `N inputs, 0 accepted, 0 crashes`; anything else ends with status 1. A seed repeats a run's inputs.
 * @module
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { type Attack, leaks, type Outcome } from './attack.js';
import { by, EXCHANGE, grantAttacks } from './grants.js';
import { proofAttacks } from './proofs.js';
import { requestAttacks } from './requests.js';
import { corpus, sendBytes } from './wire.js';
import { World } from './world.js';

export interface HostileReport {
  readonly inputs: number;
  readonly accepted: number;
  readonly crashes: number;
  /** Answers or log lines that said what they must not, and answers that told unknown from not yours. */
  readonly told: number;
  /** What went wrong, by family: for a person. */
  readonly findings: readonly string[];
}

const CHUNK = 1_000;
const AT_ONCE = 64;
const MOST_FINDINGS = 20;

const attacks = fc.oneof(...grantAttacks, ...proofAttacks, ...requestAttacks);

/** @param runs - inputs made by chance, beside the fixed corpus */
export async function runHostile({
  runs,
  seed,
  onProgress,
}: {
  runs: number;
  seed: number;
  onProgress?: (done: number) => void;
}): Promise<HostileReport> {
  const counts = { inputs: 0, accepted: 0, crashes: 0, told: 0 };
  const findings: string[] = [];
  const find = (what: string): void => void (findings.length < MOST_FINDINGS && findings.push(what));
  const broken = (error: unknown): void => {
    counts.crashes += 1;
    find(`unhandled: ${error instanceof Error ? error.stack : String(error)}`);
  };
  process.on('unhandledRejection', broken).on('uncaughtException', broken);
  const world = await World.open();
  try {
    const count = (family: string, { verdict, answers }: Outcome): void => {
      counts.inputs += answers.length;
      if (verdict === 'accepted') counts.accepted += 1;
      else if (verdict === 'crashed') counts.crashes += 1;
      else if (verdict !== 'refused') counts.told += 1;
      if (verdict !== 'refused')
        find(`${verdict}: ${family}: ${answers.map(({ status, body }) => `${status} ${body.slice(0, 200)}`).join(' | ')}`);
      if (leaks(world.log)) {
        counts.told += 1;
        find(`log after ${family}: ${world.log.split('\n').find(leaks)?.slice(0, 300)}`);
      }
      world.log = '';
    };
    const attack = async ({ family, run }: Attack): Promise<void> => {
      try {
        count(family, await run(world));
      } catch (error) {
        counts.inputs += 1;
        counts.crashes += 1;
        find(`no answer: ${family}: ${error instanceof Error ? error.stack : String(error)}`);
      }
    };
    await Promise.all(Object.entries(corpus).map(async ([name, bytes]) => count(`wire: ${name}`, await sendBytes(world, bytes))));
    for (let done = 0; done < runs; done += CHUNK) {
      const queue = fc.sample(attacks, { numRuns: Math.min(CHUNK, runs - done), seed: seed + done });
      const worker = async (): Promise<void> => {
        for (let next = queue.pop(); next !== undefined; next = queue.pop()) await attack(next);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      onProgress?.(Math.min(done + CHUNK, runs));
    }
    // Whatever the answers said: nothing was dialled, issued or revoked.
    const [stored] = await world.database.query<{ issued: bigint; agents: bigint; revoked: bigint; calls: bigint }>(
      `SELECT (SELECT count(*) FROM issued_grant) AS issued, (SELECT count(*) FROM agent_grant) AS agents,
              (SELECT count(*) FROM issued_grant WHERE revoked_at IS NOT NULL) AS revoked, (SELECT count(*) FROM call) AS calls`,
    );
    const done = [
      world.orders.length,
      Number(stored!.issued) - world.issued,
      Number(stored!.agents),
      Number(stored!.revoked),
      Number(stored!.calls),
    ];
    if (done.some((number) => number !== 0)) {
      counts.accepted += 1;
      find(`orders, grants, agents' grants, revocations, calls: ${done.join(', ')}`);
    }
    // A gateway that refuses everything proves nothing: what is good must still be taken.
    for (const failed of await refusedControls(world)) {
      counts.crashes += 1;
      find(`refused although good: ${failed}`);
    }
  } finally {
    await world.close();
    process.off('unhandledRejection', broken).off('uncaughtException', broken);
  }
  return { ...counts, findings };
}

/** The names of good requests that were refused. */
async function refusedControls(world: World): Promise<string[]> {
  const { a, agentKey } = world;
  const token = await world.grant(a);
  const proof = (key: typeof agentKey) => ({ dpop: world.proof(key, 'POST', '/oauth/token') });
  const details = JSON.stringify([{ type: 'numbra_campaign', campaign: a.campaign }]);
  const asked = { grant_type: 'client_credentials', authorization_details: details };
  const statuses = {
    call:
      (await world.call(token, world.proof(a.key, 'POST', '/v1/calls', token), JSON.stringify({ dial_token: a.dialTokens[7] }))).status ===
      201,
    token: (await world.post('/oauth/token', { ...asked, ...by(world) }, proof(a.key))).status === 200,
    exchange: (await world.post('/oauth/token', { ...EXCHANGE, subject_token: token, ...by(world) }, proof(agentKey))).status === 200,
    introspection: (await world.post('/oauth/introspect', { token, ...by(world) })).body.startsWith('{"active":true'),
    revocation: (await world.post('/oauth/revoke', { token, ...by(world) })).status === 200,
    'the revoked grant': (await world.post('/oauth/introspect', { token, ...by(world) })).body === '{"active":false}',
  };
  return Object.entries(statuses).flatMap(([name, good]) => (good ? [] : [name]));
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { runs: { type: 'string', default: '20000' }, seed: { type: 'string' } } });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 0) throw new RangeError('--runs is a whole number');
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
  const began = performance.now();
  const onProgress = (done: number): void => void (done % 10_000 === 0 && process.stderr.write(`${done}\n`));
  const { inputs, accepted, crashes, told, findings } = await runHostile({ runs, seed, onProgress });
  for (const finding of findings) console.log(finding);
  console.log(`seed ${seed}, ${Math.round((performance.now() - began) / 1000)} s`);
  if (told > 0) console.log(`${told} answers or log lines told what they must not`);
  console.log(`${inputs} inputs, ${accepted} accepted, ${crashes} crashes`);
  process.exit(accepted + crashes + told === 0 ? 0 : 1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
