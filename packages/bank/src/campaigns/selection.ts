/**
 * Selection: whom a campaign is about, by what only the bank knows. It is kept and applied inside the bank; neither it nor the
 * attribute it reads ever leaves.
 * @module
 */
import { fail } from '../errors.js';

/** Every condition must hold. */
export interface Selection {
  readonly where?: readonly Condition[];
  /** Only these customers, by the bank's ids. */
  readonly customers?: readonly string[];
  /** Not these customers, by the bank's ids: such as those whom a blind matching found on the vendor's list. */
  readonly except?: readonly string[];
  /** At most so many, drawn at random from those that fit. */
  readonly limit?: number;
}

export interface Condition {
  readonly attribute: string;
  readonly op: '>=' | '>' | '<=' | '<' | '=' | '!=';
  /** Numbers compare with numbers, text (by code point) with text; an attribute of the other kind, or absent, never fits. */
  readonly value: number | string;
}

const OPERATORS: Readonly<Record<Condition['op'], (left: number | string, right: number | string) => boolean>> = {
  '>=': (left, right) => left >= right,
  '>': (left, right) => left > right,
  '<=': (left, right) => left <= right,
  '<': (left, right) => left < right,
  '=': (left, right) => left === right,
  '!=': (left, right) => left !== right,
};

const MEMBERS = new Set(['where', 'customers', 'except', 'limit']);

/**
 * Checks a selection from outside.
 *
 * @throws `ERR_CAMPAIGN_SELECTION` with the member that is wrong
 */
export function checkSelection(selection: Selection): Selection {
  const refuse = (field: string) => fail('ERR_CAMPAIGN_SELECTION', { field });
  for (const member of Object.keys(selection)) if (!MEMBERS.has(member)) throw refuse('selection');
  const { where, customers, except, limit } = selection;
  if (where !== undefined && !(Array.isArray(where) && where.every(isCondition))) throw refuse('where');
  if (!isIds(customers)) throw refuse('customers');
  if (!isIds(except)) throw refuse('except');
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit > 0)) throw refuse('limit');
  return selection;
}

function isIds(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.every((id) => typeof id === 'string'));
}

function isCondition(value: unknown): value is Condition {
  if (typeof value !== 'object' || value === null) return false;
  const condition = value as Partial<Condition>;
  const fits = typeof condition.value === 'number' ? Number.isFinite(condition.value) : typeof condition.value === 'string';
  return typeof condition.attribute === 'string' && Object.hasOwn(OPERATORS, condition.op ?? '') && fits;
}

/** Whether being selected says more than that somebody is a customer who consented. */
export function hasCriterion({ where = [], customers }: Selection): boolean {
  return where.length > 0 || customers !== undefined;
}

/** Whether a customer's attributes meet every condition. */
export function meets(where: readonly Condition[], attributes: Readonly<Record<string, number | string>>): boolean {
  return where.every(({ attribute, op, value }) => {
    const own = Object.hasOwn(attributes, attribute) ? attributes[attribute] : undefined;
    return typeof own === typeof value && OPERATORS[op](own as number | string, value);
  });
}
