/**
 * Walls: what a package must not contain is looked for in a bundle of it, as a user's bundler would make it.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Marks of bank code: none may stand in what a vendor or a customer installs. */
const BANK_MARKS = ['aes-256-ecb', 'numbra/v1/bank/', 'SELECT ', 'libphonenumber'];

async function bundle(entry: string, external: readonly string[] = []): Promise<{ text: string; bytes: number; imports: string[] }> {
  const result = await build({
    entryPoints: [join(root, entry)],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['@numbra/source', 'import'],
    external: ['node:*', ...external],
    metafile: true,
  });
  const text = result.outputFiles[0]?.text ?? '';
  const imports = Object.values(result.metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
  return { text, bytes: Buffer.byteLength(text), imports };
}

describe('vendor-client', async () => {
  const { text, bytes, imports } = await bundle('packages/vendor-client/src/index.ts');

  it('holds not one mark of bank code', () => {
    expect(BANK_MARKS.filter((mark) => text.includes(mark))).toEqual([]);
  });

  it('stays under its byte ceiling, jose included', () => {
    expect(bytes).toBeLessThan(64 * 1024);
  });

  it('needs no node module: it runs wherever fetch and WebCrypto are', () => {
    expect(imports).toEqual([]);
  });
});

describe('vendor-client/blind', async () => {
  const { text, bytes, imports } = await bundle('packages/vendor-client/src/blind/index.ts');

  it('holds not one mark of bank code, and needs no node module', () => {
    expect(BANK_MARKS.filter((mark) => text.includes(mark))).toEqual([]);
    expect(imports).toEqual([]);
  });

  it('stays under its byte ceiling, its curve included, and apart from the main entry', async () => {
    expect(bytes).toBeLessThan(96 * 1024);
    expect((await bundle('packages/vendor-client/src/index.ts')).text).not.toContain('ristretto255');
  });
});

describe('core/blind', async () => {
  const { imports } = await bundle('packages/core/src/blind/index.ts', ['libsodium-wrappers-sumo']);

  it('opens no file and no socket, and asks for libsodium only where it is used', () => {
    expect(imports.filter((name) => name !== 'node:crypto')).toEqual(['libsodium-wrappers-sumo']);
  });
});

describe('core', async () => {
  const { imports } = await bundle('packages/core/src/index.ts');

  it('opens no file and no socket', () => {
    expect(imports.filter((name) => /^node:(fs|net|http|https|tls|dgram|dns)/.test(name))).toEqual([]);
  });
});

describe('verify', async () => {
  const { text, bytes } = await bundle('packages/verify/src/index.ts');

  it('holds not one mark of bank code, and stays under its byte ceiling', () => {
    expect(BANK_MARKS.filter((mark) => text.includes(mark))).toEqual([]);
    expect(bytes).toBeLessThan(96 * 1024);
  });
});

describe.each(['ledger', 'policy', 'verify'])('%s', async (name) => {
  const { imports } = await bundle(`packages/${name}/src/index.ts`);

  it('runs in a browser: imports nothing of Node', () => {
    expect(imports.filter((path) => path.startsWith('node:') && path !== 'node:crypto')).toEqual([]);
  });
});

describe('built packages', () => {
  const names = ['core', 'policy', 'ledger', 'grants', 'files', 'bank', 'gateway', 'vendor-client'];
  // Built by `npm test` before the tests run; a bare vitest in a new clone has no dist yet.
  const built = names.filter((name) => existsSync(join(root, 'packages', name, 'dist/index.js')));

  it.skipIf(built.length === 0)('can be required from CommonJS, and are one copy with the import', () => {
    // In a process of its own: vitest imports by its own loader, and would make a second copy itself.
    const program = `for (const path of process.argv.slice(1)) {
      const required = require(path);
      import(path).then((imported) => {
        const differ = Object.keys(imported).filter((name) => required[name] !== imported[name]);
        if (differ.length > 0 || Object.keys(imported).length === 0) throw new Error(path + ': ' + differ);
        console.log('one copy');
      });
    }`;
    const paths = built.map((name) => join(root, 'packages', name, 'dist/index.js'));
    const output = execFileSync(process.execPath, ['-e', program, ...paths], { encoding: 'utf8' });
    expect(output.trim().split('\n')).toEqual(built.map(() => 'one copy'));
  });
});
