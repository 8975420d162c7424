/**
 * What a release means for actions and for the columns of a list.
 * @module
 */
import type { Release } from '../language/policy.js';
import type { Action } from './request.js';

/** The member of a release that an action rests on. */
export function memberOf(action: Action): keyof Release {
  switch (action) {
    case 'dial':
    case 'message':
    case 'open':
    case 'handover':
    case 'lookup':
      return action;
    case 'trunk':
      return 'numeric';
    case 'answer':
      return 'answers';
    case 'export':
    case 'list':
      return 'reference';
    default:
      return unreachable(action);
  }
}

/** Whether a release allows an action at all. */
export function releases(release: Release, action: Action): boolean {
  const member = release[memberOf(action)];
  return Array.isArray(member) ? member.length > 0 : Boolean(member);
}

/** Whether a column may stand in a list. */
export function columnReleased(release: Release, column: string): boolean {
  switch (column) {
    case 'reference':
      return release.reference;
    case 'dial_token':
      return release.dial || release.message;
    case 'numeric_token':
      return release.numeric;
    case 'masked_phone':
      return release.mask !== undefined;
    default:
      return release.bands.includes(column);
  }
}

function unreachable(value: never): never {
  throw new TypeError(`no such action: ${typeof value}`);
}
