/**
 * A real browser for tests: Debian's Chromium, spoken to over a pipe in its DevTools protocol. No network, no driver.
 * @module
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

const BINARY = 'chromium';

/** Whether there is one; else tests that need it skip by this name. */
export const hasChromium = spawnSync(BINARY, ['--version']).status === 0;
export const NEEDS_CHROMIUM = 'needs Chromium: npm run setup:system';

export interface BrowserPage {
  /** Evaluates an expression, awaiting it, and gives its value as JSON. @throws when it throws */
  evaluate<T>(expression: string): Promise<T>;
  /** As if a person chose these files in the element. */
  chooseFiles(selector: string, paths: readonly string[]): Promise<void>;
  /** As if a person dropped a file on the page. */
  dropFile(path: string): Promise<void>;
  /** The page on paper, PDF. */
  print(): Promise<Buffer>;
  close(): Promise<void>;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

/** Opens a page in a browser of its own, and waits until it is loaded. */
export async function openPage(url: string): Promise<BrowserPage> {
  const profile = mkdtempSync(join(tmpdir(), 'numbra-chromium-'));
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--remote-debugging-pipe', '--lang=en'];
  const child: ChildProcess = spawn(BINARY, [...flags, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const into = child.stdio[3] as Writable;
  const waiting = new Map<
    number,
    { readonly resolve: (result: Readonly<Record<string, unknown>>) => void; readonly reject: (error: Error) => void }
  >();
  const listeners = new Map<string, () => void>();
  let rest = '';
  (child.stdio[4] as Readable).setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\0');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const { id, method, result, error } = JSON.parse(part) as Message;
      if (method !== undefined) listeners.get(method)?.();
      const asked = id === undefined ? undefined : waiting.get(id);
      if (asked === undefined) continue;
      if (error === undefined) asked.resolve(result ?? {});
      else asked.reject(new Error(error.message));
    }
  });
  let last = 0;
  let sessionId: string | undefined;
  const send = (method: string, params: object = {}): Promise<Readonly<Record<string, unknown>>> =>
    new Promise((resolve, reject) => {
      const id = ++last;
      waiting.set(id, { resolve, reject });
      into.write(`${JSON.stringify({ id, method, params, ...(sessionId !== undefined && { sessionId }) })}\0`);
    });

  const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
  ({ sessionId } = (await send('Target.attachToTarget', { targetId, flatten: true })) as { sessionId: string });
  await send('Page.enable');
  await send('Network.enable');
  await send('Network.emulateNetworkConditions', { offline: true, latency: 0, downloadThroughput: 0, uploadThroughput: 0 });
  const loaded = new Promise<void>((resolve) => listeners.set('Page.loadEventFired', resolve));
  await send('Page.navigate', { url });
  await loaded;

  return {
    async evaluate<T>(expression: string) {
      const { result, exceptionDetails } = (await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })) as {
        result: { value: T };
        exceptionDetails?: { text: string };
      };
      if (exceptionDetails !== undefined) throw new Error(exceptionDetails.text);
      return result.value;
    },
    async chooseFiles(selector, files) {
      const { root } = (await send('DOM.getDocument')) as { root: { nodeId: number } };
      const { nodeId } = await send('DOM.querySelector', { nodeId: root.nodeId, selector });
      await send('DOM.setFileInputFiles', { nodeId, files });
    },
    async dropFile(path) {
      const data = { items: [], files: [path], dragOperationsMask: 1 };
      for (const type of ['dragEnter', 'dragOver', 'drop']) await send('Input.dispatchDragEvent', { type, x: 200, y: 200, data });
    },
    async print() {
      const { data } = (await send('Page.printToPDF')) as { data: string };
      return Buffer.from(data, 'base64');
    },
    async close() {
      sessionId = undefined;
      await send('Browser.close').catch(() => {});
      await ended;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
