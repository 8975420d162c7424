/**
 * The vendor's process: it keeps a list of people who asked not to be called, holds the key of one run, and answers the bank. It learns how
 * many phones the bank has, and not one of them.
 */
import { createMatchHolder, LONGEST_MESSAGE } from '@numbra/vendor-client/blind';
import { lineOver } from './frames.js';

/** The vendor's list: 50 of its 300 phones are customers of the bank, which ones it does not know. */
const phones = Array.from({ length: 300 }, (_, i) => String(8_613_800_000_450 + i));
const line = lineOver(process.stdin, process.stdout, LONGEST_MESSAGE);

// #region vendor
const holder = createMatchHolder({ purpose: 'marketing.insurance', campaign: 'c-1', phones });
for (let message = await line.receive(); message !== undefined; message = await line.receive()) line.send(await holder.answer(message));
holder.close(); // the key is gone after the last answer, and here if the bank went away before
// #endregion

process.stderr.write(`vendor: the bank asked for ${holder.asked} phones; state ${holder.state}\n`);
