/**
 * Several files, one document. Maps of definitions (fields, bands, questions, calendars, purposes) and the list of closed regions are
 * joined; every other member, and every name in a map, is stated in one file only. Nothing overrides anything, so the order of files means
 * nothing.
 * @module
 */
import type { Path, PolicyFinding } from './findings.js';
import { showPath } from './findings.js';
import { type Place, parseYaml, type YamlFile } from './yaml.js';

export interface PolicySource {
  readonly text: string;
  /** Shown in findings. */
  readonly file?: string;
}

/** Makes a finding at a path, with the file and place that it stands in. */
export type Report = (
  finding: Pick<PolicyFinding, 'severity' | 'code' | 'message' | 'suggestion'>,
  path: Path,
  which?: 'key' | 'value',
) => void;

export interface Composed {
  readonly document: unknown;
  readonly findings: PolicyFinding[];
  readonly report: Report;
  /** Where a path stands, in the file that has most of it. */
  readonly place: (path: Path) => Place;
}

const JOINED_MAPS: ReadonlySet<string> = new Set(['fields', 'bands', 'questions', 'calendars', 'purposes']);
/** May be repeated as long as it says the same. */
const REPEATED: ReadonlySet<string> = new Set(['numbra', 'bank']);

interface Parsed {
  readonly name: { readonly file?: string };
  readonly yaml: YamlFile;
}

/** Parses and joins. `document` is `undefined` when a file cannot be parsed; what is wrong is in `findings`. */
export function compose(sources: readonly PolicySource[]): Composed {
  const parsed: Parsed[] = sources.map(({ text, file }) => ({ name: file === undefined ? {} : { file }, yaml: parseYaml(text) }));
  const findings: PolicyFinding[] = [];
  const add = (source: Parsed, finding: Parameters<Report>[0], path: Path, which?: 'key' | 'value') =>
    findings.push({ ...finding, ...source.name, ...source.yaml.placeOf(path, which), path: showPath(path) });
  const sourceOf = (path: Path): Parsed | undefined => {
    const depths = parsed.map(({ yaml }) => yaml.depthOf(path));
    return parsed[depths.indexOf(Math.max(...depths))];
  };
  const report: Report = (finding, path, which) => {
    const source = sourceOf(path);
    if (source !== undefined) add(source, finding, path, which);
  };
  const place = (path: Path): Place => sourceOf(path)?.yaml.placeOf(path) ?? { line: 1, column: 1 };

  for (const source of parsed)
    for (const { line, column, message, suggestion } of source.yaml.problems)
      findings.push({ severity: 'error', code: 'ERR_POLICY_SYNTAX', ...source.name, line, column, path: '', message, suggestion });
  if (findings.length > 0 || parsed.length === 0) return { document: undefined, findings, report, place };
  if (parsed.length === 1) return { document: parsed[0]!.yaml.value, findings, report, place };

  // Without a prototype, a member named `__proto__` stays a member and is refused like any other unknown one.
  const document: Record<string, unknown> = Object.create(null);
  for (const source of parsed) {
    if (!isMap(source.yaml.value)) {
      add(
        source,
        { severity: 'error', code: 'ERR_POLICY_SCHEMA', message: 'A policy file holds a map.', suggestion: 'Begin with `numbra: 1`.' },
        [],
      );
      continue;
    }
    for (const [member, value] of Object.entries(source.yaml.value)) {
      const before = Object.hasOwn(document, member) ? document[member] : undefined;
      const twice = (path: Path) =>
        add(
          source,
          {
            severity: 'error',
            code: 'ERR_POLICY_TWICE',
            message: 'Another of the composed files states this too.',
            suggestion: 'State it in one file.',
          },
          path,
          'key',
        );
      if (before === undefined)
        document[member] = isMap(value) && JOINED_MAPS.has(member) ? Object.assign(Object.create(null), value) : value;
      else if (isMap(before) && isMap(value) && JOINED_MAPS.has(member)) {
        for (const [name, item] of Object.entries(value)) {
          if (Object.hasOwn(before, name)) twice([member, name]);
          else before[name] = item;
        }
      } else if (member === 'regions_closed' && Array.isArray(before) && Array.isArray(value)) document[member] = [...before, ...value];
      else if (!REPEATED.has(member) || before !== value) twice([member]);
    }
  }
  return { document, findings, report, place };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
