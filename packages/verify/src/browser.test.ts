import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

describe('in a browser', () => {
  it('nothing of Node is imported, no mark of bank code is in it, and it is small', async () => {
    const result = await build({
      entryPoints: [fileURLToPath(new URL('./index.ts', import.meta.url))],
      bundle: true,
      write: false,
      minify: true,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      conditions: ['@numbra/source'],
      metafile: true,
    });
    const { text } = result.outputFiles[0]!;
    expect(Object.values(result.metafile.outputs).flatMap(({ imports }) => imports)).toEqual([]);
    for (const mark of ['node:', 'aes-256-ecb', 'numbra/v1/bank/', 'SELECT ', 'libphonenumber']) expect(text).not.toContain(mark);
    // Half of it is Ed25519 and SHA-256.
    expect(Buffer.byteLength(text)).toBeLessThan(72 * 1024);
  });
});
