/**
 * The shape of a policy: ajv's judgement by the JSON Schema, put into sentences. Only names of the format itself appear in them.
 * @module
 */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Path } from './findings.js';
import { policySchema } from './schema.js';
import type { Report } from './sources.js';
import { closest } from './suggest.js';

let compiled: ValidateFunction | undefined;

/** Checks the document against the schema and reports what does not fit. Returns whether all does. */
export function checkShape(document: unknown, report: Report): boolean {
  // Compiled at the first policy: importing the package stays cheap.
  compiled ??= new Ajv2020({
    strict: true,
    allErrors: true,
    verbose: true,
    coerceTypes: false,
    removeAdditional: false,
    useDefaults: false,
  }).compile(policySchema);
  return checkAgainst(compiled, document, report, 'ERR_POLICY_SCHEMA');
}

/** As {@link checkShape}, with any schema compiled with `allErrors` and `verbose`. */
export function checkAgainst(
  validate: ValidateFunction,
  document: unknown,
  report: Report,
  code: 'ERR_POLICY_SCHEMA' | 'ERR_POLICY_CASES',
): boolean {
  if (validate(document)) return true;
  for (const error of validate.errors ?? []) {
    // The branch that was taken says what is wrong; `if` itself says only that it was taken.
    if (error.keyword === 'if' || (error.propertyName !== undefined && error.keyword !== 'propertyNames')) continue;
    const path = pathOf(error.instancePath, document);
    const { message, suggestion, at, which } = explain(error, path);
    report({ severity: 'error', code, message, suggestion }, at, which);
  }
  return false;
}

interface Explained {
  readonly message: string;
  readonly suggestion: string;
  readonly at: Path;
  readonly which?: 'key';
}

function explain(error: ErrorObject, path: Path): Explained {
  const schema = (error.parentSchema ?? {}) as { readonly description?: string; readonly properties?: object };
  const wanted = schema.description === undefined ? '' : ` It is ${schema.description}.`;
  const params = error.params as Readonly<Record<string, unknown>>;
  switch (error.keyword) {
    case 'additionalProperties': {
      const known = Object.keys(schema.properties ?? {});
      const member = String(params.additionalProperty);
      const near = closest(member, known);
      const suggestion = near === undefined ? `Members here: ${known.join(', ')}.` : `Did you mean \`${near}\`?`;
      return { message: 'There is no such member here.', suggestion, at: [...path, member], which: 'key' };
    }
    case 'required':
      return {
        message: `The member \`${String(params.missingProperty)}\` is missing.`,
        suggestion: `Add \`${String(params.missingProperty)}:\`.`,
        at: path,
      };
    case 'propertyNames':
      return {
        message: 'This is not a name.',
        suggestion: 'A name is 1 to 64 of A-Z a-z 0-9 . _ -, beginning with a letter or digit.',
        at: [...path, String(params.propertyName)],
        which: 'key',
      };
    case 'enum': {
      const allowed = (params.allowedValues as unknown[]).map(String);
      const near = typeof error.data === 'string' ? closest(error.data, allowed) : undefined;
      return {
        message: 'This value is not one of those allowed.',
        suggestion: near === undefined ? `Allowed: ${allowed.join(', ')}.` : `Did you mean \`${near}\`?`,
        at: path,
      };
    }
    case 'const':
      return {
        message: 'This value is not the one allowed.',
        suggestion: schema.description === undefined ? `Write ${JSON.stringify(params.allowedValue)}.` : `Write ${schema.description}.`,
        at: path,
      };
    case 'type':
      return { message: `This is not ${kind(params.type)}.`, suggestion: `Write ${kind(params.type)}.${wanted}`, at: path };
    case 'pattern':
    case 'format':
      return { message: 'The text does not have the form it must have.', suggestion: wanted.trim() || 'Correct its spelling.', at: path };
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return {
        message: 'The number is out of range.',
        suggestion: `It must be ${COMPARISONS[String(params.comparison)]} ${String(params.limit)}.`,
        at: path,
      };
    case 'uniqueItems':
      return { message: 'The list holds one value twice.', suggestion: 'Keep one of the two.', at: [...path, Number(params.i)] };
    case 'minItems':
      return { message: 'The list is too short.', suggestion: `It holds at least ${String(params.limit)}.`, at: path };
    case 'minLength':
    case 'maxLength':
      return { message: 'The text is too short or too long.', suggestion: `Its limit is ${String(params.limit)} characters.`, at: path };
    default:
      return { message: 'This does not fit the format.', suggestion: wanted.trim() || 'Compare with the schema.', at: path };
  }
}

const COMPARISONS: Readonly<Record<string, string>> = { '>=': 'at least', '<=': 'at most', '>': 'more than', '<': 'less than' };

function kind(type: unknown): string {
  switch (type) {
    case 'object':
      return 'a map';
    case 'array':
      return 'a list';
    case 'integer':
      return 'a whole number';
    case 'number':
      return 'a number';
    case 'boolean':
      return 'true or false';
    default:
      return 'text';
  }
}

/** A JSON Pointer as a path; list positions become numbers. */
function pathOf(pointer: string, document: unknown): Path {
  const path: (string | number)[] = [];
  let at = document;
  for (const raw of pointer.split('/').slice(1)) {
    const part = raw.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(at) ? Number(part) : part);
    at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[part] : undefined;
  }
  return path;
}
