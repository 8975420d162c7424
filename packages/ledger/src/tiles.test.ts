import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutTile, parseTilePath, partialTilesOf, tilePath, tileWidth } from './tiles.js';

describe('the path of a tile', () => {
  it.each([
    ['tile/0/000', 0, 0, 256],
    ['tile/0/x001/234', 0, 1_234, 256],
    ['tile/1/x001/x234/067', 1, 1_234_067, 256],
    ['tile/63/999', 63, 999, 256],
    ['tile/0/273.p/112', 0, 273, 112],
    ['tile/entries/x001/000.p/1', 'entries', 1_000, 1],
    ['tile/entries/000', 'entries', 0, 256],
  ] as const)('%s', (path, level, n, width) => {
    expect(tilePath(level, n, width)).toBe(path);
    expect(parseTilePath(path)).toEqual({ level, n, width });
  });

  it.each([
    'tile/0/0',
    'tile/00/000',
    'tile/0/x000/001',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/01',
    'tile/64/000',
    'tile/-1/000',
    'tile/0/1234',
    'tile/0/001/234',
    'tile/0/x001/x234',
    'tile/0/000/',
    '/tile/0/000',
    'tile/0/000?',
    'tile/0/../000',
    'tile/entries/0',
    'tile/data/000',
    'tile/0/x999/x999/x999/x999/x999/999',
    'tile/0/000.P/1',
    'checkpoint',
    '',
  ])('has one spelling: %s is none', (path) => {
    expect(parseTilePath(path)).toBeUndefined();
  });

  it('reads what it wrote', () => {
    fc.assert(
      fc.property(fc.nat({ max: 63 }), fc.maxSafeNat(), fc.integer({ min: 1, max: 256 }), (level, n, width) => {
        expect(parseTilePath(tilePath(level, n, width))).toEqual({ level, n, width });
      }),
    );
  });
});

describe('the tiles of a tree', () => {
  it('of 70,000 entries are those of the specification', () => {
    expect(partialTilesOf(70_000)).toEqual([
      { level: 0, n: 273, width: 112 },
      { level: 1, n: 1, width: 17 },
      { level: 2, n: 0, width: 1 },
    ]);
    expect(tileWidth(0, 272, 70_000)).toBe(256);
    expect(tileWidth(0, 274, 70_000)).toBe(0);
    expect(tileWidth(1, 0, 70_000)).toBe(256);
  });

  it('of 256 entries are a full one and a partial one above it', () => {
    expect(partialTilesOf(256)).toEqual([{ level: 1, n: 0, width: 1 }]);
    expect(partialTilesOf(0)).toEqual([]);
  });

  it('are cut to an older width, and are no tiles when too short or uneven', () => {
    expect(cutTile(new Uint8Array(256 * 32), 3)).toHaveLength(96);
    expect(cutTile(new Uint8Array(64), 3)).toBeUndefined();
    expect(cutTile(new Uint8Array(97), 3)).toBeUndefined();
    expect(cutTile(undefined, 1)).toBeUndefined();
  });
});
