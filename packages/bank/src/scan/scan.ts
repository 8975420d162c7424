/**
 * Scan: what the columns of a bank's file hold, from their values and their names, and what a first policy would say of each. A proposal to
 * argue about, not a verdict: a person who knows the file reads it.
 *
 * Of the file it keeps counts and, for numbers, quantiles; no value of an identifier is kept or shown.
 * @module
 */
import { type CsvRow, readCsv } from '@numbra/files';
import { type CellKind, type ColumnKind, holdsIdentifier, isIdName, kindOfName, kindsOfCell } from './kinds.js';

export interface ScannedColumn {
  /** As the file's header has it. */
  readonly column: string;
  readonly kind: ColumnKind;
  /** After JR/T 0171-2020: C3 authenticates a person, C2 tells who somebody is or what they own, C1 neither. */
  readonly class: 'C1' | 'C2' | 'C3';
  /** What may leave of it: a masked phone and a dial token, a k-anonymous band, or nothing. */
  readonly release: 'mask-and-dial' | 'band' | 'nothing';
  /** What the proposal rests on. */
  readonly by: 'values' | 'name';
  /** Cells that are not empty. */
  readonly filled: number;
  /** Share of those that read as the kind, 0 to 1. */
  readonly share: number;
  /** Different values, counted up to 10,000. */
  readonly distinct: number;
  /** Of a number whose band may leave: its quarters, rounded to two figures. */
  readonly edges?: readonly number[];
}

export interface ScanReport {
  readonly rows: number;
  readonly columns: readonly ScannedColumn[];
}

export interface ScanOptions {
  readonly encoding?: 'auto' | 'utf-8' | 'gb18030';
  readonly delimiter?: ',' | ';' | '\t' | '|';
  readonly onProgress?: (rows: number) => void;
}

/** Values beyond these many tell nothing new, and counting them would keep them all. */
const DISTINCT_MOST = 10_000;
/** A share of cells by which a column is of a kind, although some are wrong. */
const MOSTLY = 0.8;
/** Of names: a hundred surnames are not all, and other words begin so seldom. */
const NAMES_MOSTLY = 0.3;
/** A share from which a text column is one that people type identifiers into. */
const SOMETIMES = 0.001;
const CATEGORY_MOST = 50;
const PROGRESS_ROWS = 1_000;

/**
 * Scans a CSV file, in one pass.
 *
 * @throws `ERR_FILE_…`, `ERR_CSV_…` of @numbra/files, with row and column
 */
export async function scanFile(file: string, options: ScanOptions = {}): Promise<ScanReport> {
  const { onProgress, ...csv } = options;
  return scanRows(readCsv(file, { columns: [], ...csv }), onProgress);
}

/** Scans rows that are at hand already. See {@link scanFile}. */
export async function scanRows(
  rows: AsyncIterable<Pick<CsvRow, 'cells'>> | Iterable<Pick<CsvRow, 'cells'>>,
  onProgress: (rows: number) => void = () => {},
): Promise<ScanReport> {
  const columns = new Map<string, ColumnCount>();
  let count = 0;
  for await (const { cells } of rows) {
    for (const [name, cell] of Object.entries(cells)) {
      const column = columns.get(name) ?? new ColumnCount(name);
      columns.set(name, column);
      column.add(cell.trim());
    }
    if (++count % PROGRESS_ROWS === 0) onProgress(count);
  }
  return { rows: count, columns: [...columns.values()].map((column) => column.settle()) };
}

/** What one value reads as. */
interface Reading {
  readonly kinds: readonly CellKind[];
  readonly holds: boolean;
}

class ColumnCount {
  readonly #name: string;
  readonly #kinds = new Map<CellKind, number>();
  /** What was read before is not read again: most columns hold few values. */
  readonly #values = new Map<string, Reading>();
  readonly #numbers: number[] = [];
  #filled = 0;
  #holding = 0;

  constructor(name: string) {
    this.#name = name;
  }

  add(cell: string): void {
    if (cell === '') return;
    this.#filled += 1;
    const { kinds, holds } = this.#read(cell);
    for (const kind of kinds) this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1);
    if (kinds.includes('number')) this.#numbers.push(Number(cell));
    if (holds) this.#holding += 1;
  }

  #read(cell: string): Reading {
    const known = this.#values.get(cell);
    if (known !== undefined) return known;
    const kinds = kindsOfCell(cell);
    const reading = { kinds, holds: kinds.length === 0 && holdsIdentifier(cell) };
    if (this.#values.size < DISTINCT_MOST) this.#values.set(cell, reading);
    return reading;
  }

  settle(): ScannedColumn {
    const { kind, by, share } = this.#judge();
    const edges = kind === 'number' ? quarters(this.#numbers) : [];
    return {
      column: this.#name,
      kind,
      class: CLASSES[kind] ?? 'C2',
      release: kind === 'phone' ? 'mask-and-dial' : edges.length > 0 ? 'band' : 'nothing',
      by,
      filled: this.#filled,
      share: Math.round(share * 1000) / 1000,
      distinct: this.#values.size,
      ...(edges.length > 0 && { edges }),
    };
  }

  #judge(): { kind: ColumnKind; by: ScannedColumn['by']; share: number } {
    const named = kindOfName(this.#name);
    if (named === 'secret') return { kind: 'secret', by: 'name', share: 1 };
    if (this.#filled === 0) return { kind: named ?? 'empty', by: 'name', share: 0 };
    const shareOf = (kind: CellKind): number => (this.#kinds.get(kind) ?? 0) / this.#filled;
    // A chance Luhn digit makes one long number of ten a card: identifiers before numbers, and only where most cells are.
    const byValue = IN_ORDER.find((kind) => shareOf(kind) >= (kind === 'name' ? NAMES_MOSTLY : MOSTLY));
    if (byValue !== undefined && byValue !== 'number') return { kind: byValue, by: 'values', share: shareOf(byValue) };
    if (isIdName(this.#name)) return { kind: 'identifier', by: 'name', share: 1 };
    if (named !== undefined && named !== 'date') return { kind: named, by: 'name', share: 0 };
    const few = this.#values.size <= CATEGORY_MOST && this.#values.size * 20 <= this.#filled;
    if (byValue === 'number') {
      // Ones and zeros are answers, and codes; neither has quarters that mean anything.
      if (few && this.#values.size <= 2) return { kind: 'category', by: 'values', share: 1 };
      // Long numbers that never repeat are somebody's key.
      const unique = this.#values.size >= Math.min(this.#filled, DISTINCT_MOST) && this.#filled > 1;
      if (unique && this.#numbers.every((number) => Number.isSafeInteger(number) && number >= 1e5))
        return { kind: 'identifier', by: 'values', share: shareOf('number') };
      return { kind: 'number', by: 'values', share: shareOf('number') };
    }
    if (this.#holding >= SOMETIMES * this.#filled && this.#holding > 0) return { kind: 'free-text', by: 'values', share: 1 };
    if (few) return { kind: 'category', by: 'values', share: 1 };
    if (this.#values.size >= Math.min(this.#filled, DISTINCT_MOST) && mostWords(this.#values.keys()) <= 1)
      return { kind: 'identifier', by: 'values', share: 1 };
    return { kind: 'free-text', by: 'values', share: 1 };
  }
}

/** The more telling first. */
const IN_ORDER: readonly CellKind[] = [
  'resident-id',
  'phone',
  'bank-card',
  'iban',
  'passport',
  'email',
  'date',
  'name',
  'address',
  'number',
];

const CLASSES: Partial<Readonly<Record<ColumnKind, 'C1' | 'C2' | 'C3'>>> = { secret: 'C3', category: 'C1', empty: 'C1' };

/** The three quarters of numbers that differ enough to have any, rounded to two figures. */
function quarters(numbers: number[]): number[] {
  const sorted = numbers.sort((a, b) => a - b);
  const at = (share: number): number => Number((sorted[Math.floor(share * (sorted.length - 1))] as number).toPrecision(2));
  return sorted.length === 0 ? [] : [...new Set([at(0.25), at(0.5), at(0.75)])];
}

/** Words in the value that has most. */
function mostWords(values: Iterable<string>): number {
  let most = 0;
  for (const value of values) most = Math.max(most, value.split(/\s+/).length);
  return most;
}
