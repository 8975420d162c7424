import { defineEntry } from './define.js';
import { id, name } from './fields.js';

/** Bank and vendor share a new key for answers as MACs; the newest makes answers. */
export const answerKeyAdded = defineEntry('answer-key.added', {
  vendor: name(),
  /** Names the key; it tells nothing of the secret. */
  key: id(),
});
