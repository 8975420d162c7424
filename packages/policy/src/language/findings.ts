/**
 * Findings: what is wrong or doubtful in a policy, where, and what to write instead. A finding never repeats a value of the file: it could
 * be a person's. It names members of the format, and names that the policy itself defines.
 * @module
 */
import type { PolicyErrorCode, PolicyErrorWhere } from '../errors.js';

/** Doubts that do not keep a policy from loading. */
export type PolicyWarningCode =
  | 'purpose-unused'
  | 'unreachable-rule'
  | 'definition-unused'
  | 'mask-links'
  | 'linkability-loose'
  | 'cap-missing'
  | 'tells-criterion'
  | 'calendar-year-unknown';

export interface PolicyFinding {
  readonly severity: 'error' | 'warning';
  readonly code: PolicyErrorCode | PolicyWarningCode;
  readonly file?: string;
  /** Counted from 1. */
  readonly line?: number;
  readonly column?: number;
  /** The member, as a path of names that are safe to print. */
  readonly path: string;
  readonly message: string;
  readonly suggestion: string;
}

export type Path = readonly (string | number)[];

const SAFE_NAME = /^([A-Za-z_][A-Za-z0-9_.-]{0,63}|[0-9]{1,4})$/;

/** A path for people. A key that does not look like a name, or that holds a run of digits, is shown as `…`. */
export function showPath(path: Path): string {
  return path.map((part) => (typeof part === 'number' || (SAFE_NAME.test(part) && !/[0-9]{5}/.test(part)) ? String(part) : '…')).join('.');
}

/** Where a finding stands, for an error. */
export function whereOf({ file, line, column, path }: PolicyFinding): PolicyErrorWhere {
  return {
    ...(file !== undefined && { file }),
    ...(line !== undefined && { line }),
    ...(column !== undefined && { column }),
    ...(path !== '' && { path }),
  };
}

/** Errors before warnings, then by place. */
export function byPlace(a: PolicyFinding, b: PolicyFinding): number {
  if (a.severity !== b.severity) return a.severity === 'error' ? -1 : 1;
  return (a.file ?? '').localeCompare(b.file ?? '') || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}
