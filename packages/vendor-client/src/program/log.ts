/**
 * The program's log: one JSON object a line. What may stand in one is a closed list of facts, so that no token, key, secret or
 * body ever does.
 * @module
 */

export interface Facts {
  readonly event: 'listening' | 'answered' | 'left' | 'failed' | 'stopping' | 'stopped' | 'bank-unreachable';
  /** Where it listens. */
  readonly at?: string;
  /** Method and path without ids. */
  readonly route?: string;
  readonly status?: number;
  readonly campaign?: string;
  /** The bank's id of the request, to quote when asking. */
  readonly requestId?: string;
  /** How often the request was sent to the bank. */
  readonly sent?: number;
  readonly milliseconds?: number;
  /** A code of ours or of the system. */
  readonly code?: string;
  /** The bank's word: an OAuth error or a problem. */
  readonly bank?: string;
}

export type Log = (facts: Facts) => void;

export function createLog(write: (line: string) => void, clock: () => number = Date.now): Log {
  return (facts) => write(`${JSON.stringify({ time: new Date(clock()).toISOString(), ...facts })}\n`);
}

/** What an error may say in the log: codes only, from itself or from what caused it. */
export function factsOf(error: unknown): Pick<Facts, 'code' | 'bank'> {
  const found: { code?: string; bank?: string } = {};
  for (let at = error, depth = 0; typeof at === 'object' && at !== null && depth < 5; depth += 1) {
    const { code, problem, cause, name } = at as { code?: unknown; problem?: unknown; cause?: unknown; name?: unknown };
    if (typeof code === 'string') found.code ??= code;
    else if (typeof code === 'number' && name !== 'AbortError') found.code ??= `CKR 0x${code.toString(16)}`;
    if (typeof problem === 'string' && !problem.startsWith('desk-')) found.bank ??= problem;
    if (cause === undefined && found.code === undefined && typeof name === 'string') found.code = name;
    at = cause;
  }
  return found;
}
