import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { makeLedger } from '../../../tests/support/ledgers.js';
import { hexOf } from './bytes.js';

const bundled = async () => {
  const result = await build({
    stdin: {
      contents: "export * from './index.ts'; export { sha256 } from '@noble/hashes/sha2.js';",
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    globalName: 'numbra',
    platform: 'browser',
    target: 'es2022',
    metafile: true,
  });
  return { text: result.outputFiles[0]!.text, imports: Object.values(result.metafile.outputs).flatMap(({ imports }) => imports) };
};

describe('in a browser', () => {
  it('nothing of Node is imported, and nothing of Node is missed: proofs and a whole ledger verify there', async () => {
    const { text, imports } = await bundled();
    expect(imports).toEqual([]);
    expect(text).not.toContain('node:');

    const { bundles, root, size, bodies } = makeLedger(300);
    // A realm with what every browser has, and without Buffer, process or require.
    const realm = vm.createContext({ TextEncoder, TextDecoder, console, input: { bundles, root, size, body: bodies[7] } });
    const script = `${text};(async () => {
      const { sha256 } = numbra;
      const signer = numbra.createNoteSigner('bank.example/ledger', new Uint8Array(32));
      const note = numbra.signCheckpoint({ origin: signer.name, size: input.size, root: input.root }, signer);
      const { checkpoint } = numbra.openCheckpoint(note, { logKeys: [numbra.parseVerifierKey(signer.verifierKey)] });
      const ledger = await numbra.verifyLedger(sha256, { checkpoint, bundles: input.bundles });
      return [ledger.entries, numbra.parseEntry(input.body).type, Array.from(ledger.root)];
    })()`;
    const [entries, type, found] = await vm.runInContext(script, realm);
    expect([entries, type, hexOf(Uint8Array.from(found))]).toEqual([300, 'call.placed', hexOf(root)]);
  });
});
