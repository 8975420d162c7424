/**
 * YAML 1.2 with places: the value of a file, and for every path in it the line and column. Duplicate keys, tags, merge keys and alias
 * bombs are refused. The parser's own messages quote the file, so none of them is passed on.
 * @see https://yaml.org/spec/1.2.2/
 * @module
 */
import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, type ParsedNode, parseDocument, visit } from 'yaml';
import type { Path } from './findings.js';

export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface YamlProblem extends Place {
  readonly message: string;
  readonly suggestion: string;
}

export interface YamlFile {
  readonly value: unknown;
  readonly problems: readonly YamlProblem[];
  /** How many steps of a path this file has. */
  depthOf(path: Path): number;
  /** Where a path stands; of a path that is not there, its nearest ancestor. `key` asks for the key instead of the value. */
  placeOf(path: Path, which?: 'key' | 'value'): Place;
}

/** Larger than any policy a person could read. */
const MOST_CHARACTERS = 2_000_000;

/** One mistake can break every line after it; nobody reads further. */
const MOST_PROBLEMS = 20;

const MESSAGES: Readonly<Record<string, readonly [message: string, suggestion: string]>> = {
  DUPLICATE_KEY: ['A key is written twice in one map.', 'Keep one of the two.'],
  TAB_AS_INDENT: ['A tab is used to indent.', 'Indent with spaces.'],
  BAD_INDENT: ['The indentation does not fit.', 'Indent members of one map alike, with spaces.'],
  BAD_ALIAS: ['An alias or anchor is misspelt.', 'Write the value out.'],
  MISSING_CHAR: ['A bracket, brace, quote or comma is missing.', 'Close what was opened.'],
  MULTIPLE_DOCS: ['The file holds more than one document.', 'Keep one document a file; compose files instead.'],
  TAG_RESOLVE_FAILED: ['A tag is used.', 'Write the value without a tag.'],
  UNEXPECTED_TOKEN: ['Something stands where it cannot.', 'Quote text that begins with a special character.'],
  BLOCK_AS_IMPLICIT_KEY: ['A map stands where a key should.', 'Check the indentation and the colons of this line.'],
  MULTILINE_IMPLICIT_KEY: ['A key runs over several lines.', 'Check the indentation and the colons of this line.'],
};

/** Parses one YAML file. Never throws: what is wrong is in `problems`. */
export function parseYaml(text: string): YamlFile {
  const lines = new LineCounter();
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const broken = (message: string, suggestion: string, at: Place = { line: 1, column: 1 }): YamlFile => ({
    value: undefined,
    problems: [{ ...at, message, suggestion }],
    depthOf: () => 0,
    placeOf: () => at,
  });
  if (text.length > MOST_CHARACTERS) return broken('The file is longer than 2,000,000 characters.', 'Split it, and compose the parts.');
  let document: Document.Parsed<ParsedNode>;
  let value: unknown;
  try {
    document = parseDocument(text, {
      version: '1.2',
      schema: 'core',
      merge: false,
      strict: true,
      uniqueKeys: true,
      prettyErrors: false,
      lineCounter: lines,
      resolveKnownTags: false,
      // 'silent' would also silence the error about a second document.
      logLevel: 'error',
    });
    const problems = [...document.errors, ...document.warnings].slice(0, MOST_PROBLEMS).map(({ code, pos }) => {
      const [message, suggestion] = MESSAGES[code] ?? [
        'This is not well-formed YAML.',
        'Check indentation, colons and quotes near this place.',
      ];
      return { ...place(pos[0]), message, suggestion };
    });
    if (problems.length > 0) return { value: undefined, problems, depthOf: () => 0, placeOf: () => problems[0]! };
    const dangling = aliasWithoutAnchor(document);
    if (dangling !== undefined) return broken('An alias has no anchor before it.', 'Write the value out.', place(dangling));
    value = document.toJS({ maxAliasCount: 10 });
  } catch {
    return broken('The file is nested too deeply, or repeats aliases too often.', 'Write values out, and keep nesting shallow.');
  }
  const offsetOf = (node: Node | null | undefined): number => node?.range?.[0] ?? 0;
  const walk = (path: Path): { depth: number; key: Node | undefined; value: Node | null } => {
    let at = { depth: 0, key: undefined as Node | undefined, value: document.contents as Node | null };
    for (const [index, part] of path.entries()) {
      const next = step(at.value, part);
      if (next === undefined) break;
      at = { depth: index + 1, ...next };
    }
    return at;
  };
  return {
    value,
    problems: [],
    depthOf: (path) => walk(path).depth,
    placeOf: (path, which = 'value') => {
      const found = walk(path);
      return place(offsetOf(which === 'key' && found.key !== undefined ? found.key : (found.value ?? found.key)));
    },
  };
}

function aliasWithoutAnchor(document: Document.Parsed): number | undefined {
  let offset: number | undefined;
  visit(document, {
    Alias: (_, node) => {
      if (node.resolve(document) !== undefined) return undefined;
      offset = node.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return offset;
}

function step(node: Node | null, part: string | number): { key: Node | undefined; value: Node | null } | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part)) as Pair<Node, Node | null> | undefined;
    return pair && { key: pair.key, value: pair.value };
  }
  if (isSeq(node)) {
    const item = node.items[Number(part)] as Node | undefined;
    return item && { key: undefined, value: item };
  }
  return undefined;
}
