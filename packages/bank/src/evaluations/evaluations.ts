/**
 * Evaluations, as the facade offers them: Numbra as a decision point for others.
 * @module
 */
import type { BankContext } from '../context.js';
import { type EvaluationAnswer, type EvaluationAsker, evaluate } from './evaluate.js';

export interface Evaluations {
  /** Answers an AuthZEN evaluation, or a batch. See evaluations/evaluate.ts. @throws `ERR_AUTHZEN_MALFORMED` */
  answer(body: unknown, asker: EvaluationAsker): Promise<EvaluationAnswer>;
}

export function evaluationsOf(context: BankContext): Evaluations {
  return { answer: (body, asker) => evaluate(context, body, asker) };
}
