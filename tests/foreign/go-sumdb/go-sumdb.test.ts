/** Go's checksum-database code reads our ledger: signed note, cosignature, every tile, inclusion and consistency proofs. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  addSignatures,
  base64Of,
  bundleBytes,
  cosignatureLine,
  createCosigner,
  createNoteSigner,
  formatCheckpoint,
  openTiles,
  partialTilesOf,
  signCheckpoint,
  tilePath,
  tileWidth,
} from '@numbra/ledger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeLedger, sha256 } from '../../support/ledgers.js';

const here = dirname(fileURLToPath(import.meta.url));
/** Where Debian's golang-golang-x-mod-dev puts its sources. */
const GOPATH = '/usr/share/gocode';
const hasGo = spawnSync('go', ['version']).status === 0 && existsSync(`${GOPATH}/src/golang.org/x/mod/sumdb/tlog`);

const SIZE = 70_000;
const ORIGIN = 'bank.example/ledger';
const seed = new Uint8Array(32).fill(1);
const log = createNoteSigner(ORIGIN, seed);
const witness = createCosigner('regulator.example/witness', new Uint8Array(32).fill(2));

describe.skipIf(!hasGo)('Go x/mod/sumdb (needs Go: npm run setup:system)', () => {
  let folder = '';
  let program = '';
  const write = (path: string, data: string | Uint8Array): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), data);
  };
  const check = () => spawnSync(program, [folder], { encoding: 'utf8' });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'numbra go '));
    program = join(folder, 'check');
    const env = { ...process.env, GOPATH, GO111MODULE: 'off', GOFLAGS: '', GOCACHE: join(folder, 'cache') };
    execFileSync('go', ['build', '-o', program, join(here, 'main.go')], { env, cwd: here });

    const ledger = makeLedger(SIZE, 8_192);
    const head = { origin: ORIGIN, size: SIZE, root: ledger.root };
    write('checkpoint', addSignatures(signCheckpoint(head, log), cosignatureLine(formatCheckpoint(head), witness, 1_795_420_800)));
    const [, id] = log.verifierKey.split('+');
    const skey = `PRIVATE+KEY+${ORIGIN}+${id}+${base64Of(Uint8Array.of(1, ...seed))}`;
    write('keys.json', JSON.stringify({ log: log.verifierKey, witness: witness.verifierKey, skey }));
    for (const { n, data } of ledger.bundles) write(tilePath('entries', n, tileWidth(0, n, SIZE)), bundleBytes(data));
    for (const [key, data] of ledger.tiles) {
      const [level, n] = key.split('/').map(Number) as [number, number];
      write(tilePath(level, n, data.length / 32), data);
    }
    const [tail] = partialTilesOf(SIZE);
    write(tilePath(0, tail!.n, tail!.width), (await ledger.source.tile(0, tail!.n, tail!.width))!);

    const tree = openTiles(sha256, ledger.source, head);
    const inclusion = [];
    const consistency = [];
    // Every shape of path: the ends, both sides of each tile's border, and a spread between.
    const places = [0, 1, 255, 256, 257, 65_535, 65_536, 65_537, SIZE - 1, ...Array.from({ length: 39 }, (_, i) => i * 1_777 + 3)];
    for (const index of places) {
      const { proof } = await tree.inclusion(index);
      inclusion.push({ index, proof: proof.map(base64Of) });
      consistency.push({ oldSize: index + 1, proof: (await tree.consistency(index + 1)).map(base64Of) });
    }
    write('proofs.json', JSON.stringify({ inclusion, consistency }));
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('computes every hash again and agrees: root, all tiles, two signatures, 48 + 48 proofs', () => {
    const { stdout, stderr } = check();
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ size: SIZE, signatures: 2, tiles: 277, inclusion: 48, consistency: 48 });
  });

  /** Changes one file for the length of one check. */
  function checkChanged(path: string, change: (data: Buffer) => Buffer): { status: number | null; stderr: string } {
    const before = readFileSync(join(folder, path));
    writeFileSync(join(folder, path), change(Buffer.from(before)));
    const { status, stderr } = check();
    writeFileSync(join(folder, path), before);
    return { status, stderr: stderr.trim() };
  }

  it('finds an edited entry, also when its leaf in the tile was changed with it', () => {
    const edit = (data: Buffer): Buffer => Buffer.from(data.toString('latin1').replace('call_n1792', 'call_n9792'), 'latin1');
    expect(checkChanged('tile/entries/007', edit)).toEqual({ status: 1, stderr: 'the entries do not make the signed root' });
    const flip = (data: Buffer): Buffer => {
      data[0]! ^= 1;
      return data;
    };
    expect(checkChanged('tile/0/007', flip)).toEqual({ status: 1, stderr: 'tile/0/007 differs' });
  });

  it('refuses a changed signature, size and cosignature time', () => {
    const text = (change: (text: string) => string) => (data: Buffer) => Buffer.from(change(data.toString()));
    expect(
      checkChanged(
        'checkpoint',
        text((note) => note.replace('\n70000\n', '\n69999\n')),
      ).status,
    ).toBe(1);
    const time = (note: string): string => {
      const [kept, line] = note.split('— regulator.example/witness ');
      const bytes = Buffer.from(line!, 'base64');
      bytes[11]! ^= 1;
      return `${kept}— regulator.example/witness ${bytes.toString('base64')}\n`;
    };
    expect(checkChanged('checkpoint', text(time))).toMatchObject({ status: 1, stderr: expect.stringContaining('invalid signature') });
  });
});
