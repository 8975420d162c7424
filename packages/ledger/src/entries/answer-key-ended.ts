import { defineEntry } from './define.js';
import { id, name } from './fields.js';

/** A key that bank and vendor share makes no answers any more. */
export const answerKeyEnded = defineEntry('answer-key.ended', {
  vendor: name(),
  key: id(),
});
