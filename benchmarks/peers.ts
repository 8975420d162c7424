/**
 * Peers that need more than one line to set up.
 * @module
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** What is used of miscreant. Required, not imported: its package leads TypeScript to sources that do not compile under strict settings. */
const miscreant = createRequire(import.meta.url)('miscreant') as {
  readonly PolyfillCryptoProvider: new () => object;
  readonly SIV: {
    importKey(
      key: Uint8Array,
      algorithm: 'AES-SIV',
      provider: object,
    ): Promise<{ seal(plaintext: Uint8Array, context: readonly Uint8Array[]): unknown }>;
  };
};

/** AES-SIV of the miscreant library, on its own AES: through WebCrypto a value takes ten times as long. */
export async function createMiscreant(key: Uint8Array, plaintext: Uint8Array, context: Uint8Array): Promise<() => unknown> {
  const siv = await miscreant.SIV.importKey(key, 'AES-SIV', new miscreant.PolyfillCryptoProvider());
  return () => siv.seal(plaintext, [context]);
}

/** What is used of WebAssembly, which TypeScript declares for browsers only. */
type WasmExports = Readonly<Record<string, unknown>>;
const { WebAssembly: wasm } = globalThis as unknown as {
  readonly WebAssembly: {
    instantiate(bytes: Uint8Array, imports: object): Promise<{ readonly instance: { readonly exports: WasmExports } }>;
  };
};

/** What is used of libpep: polymorphic pseudonymisation, which re-encrypts an identifier that it cannot see from one domain to another. */
interface Pep {
  readonly Pseudonym: { fromStringPadded(text: string): object };
  readonly PseudonymizationSecret: new (secret: Uint8Array) => object;
  readonly EncryptionSecret: new (secret: Uint8Array) => object;
  readonly PseudonymizationDomain: new (name: string) => object;
  readonly EncryptionContext: new (name: string) => object;
  readonly PseudonymizationInfo: new (...from: readonly object[]) => object;
  makePseudonymGlobalKeys(): { readonly secret: object };
  makePseudonymSessionKeys(secret: object, context: object, encryption: object): { readonly public: object };
  encryptPseudonym(pseudonym: object, key: object): object;
  pseudonymize(encrypted: object, info: object): { free(): void };
  __wbg_set_wasm(exports: WasmExports): void;
}

/** One pseudonymisation of an identifier that is encrypted already: the part that stands where sealing stands here. */
export async function createPep(id: string): Promise<() => unknown> {
  const pep = await loadPep();
  const secret = new Uint8Array(32).fill(7);
  const encryption = new pep.EncryptionSecret(secret);
  const [from, to] = [new pep.EncryptionContext('bank'), new pep.EncryptionContext('vendor')];
  const info = new pep.PseudonymizationInfo(
    new pep.PseudonymizationDomain('bank'),
    new pep.PseudonymizationDomain('vendor'),
    from,
    to,
    new pep.PseudonymizationSecret(secret),
    encryption,
  );
  const keys = pep.makePseudonymSessionKeys(pep.makePseudonymGlobalKeys().secret, from, encryption);
  const encrypted = pep.encryptPseudonym(pep.Pseudonym.fromStringPadded(id), keys.public);
  return () => pep.pseudonymize(encrypted, info).free();
}

/** The package is made for bundlers; Node 20 does not import its `.wasm`, so that it is put together here. */
async function loadPep(): Promise<Pep> {
  const entry = import.meta.resolve('@nolai/libpep-wasm');
  const pep = (await import(new URL('libpep_bg.js', entry).href)) as Pep;
  const { instance } = await wasm.instantiate(readFileSync(new URL('libpep_bg.wasm', entry)), { './libpep_bg.js': pep });
  pep.__wbg_set_wasm(instance.exports);
  (instance.exports['__wbindgen_start'] as () => void)();
  return pep;
}
