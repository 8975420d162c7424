/**
 * Counts what becomes of acts by reference: how questions are answered, and in which state handovers end. A handover is counted once, where it
 * ends: a request that is repeated ends nothing. What an erasure ends is the operator's act, and not counted.
 * @module
 */
import type { Bank } from '@numbra/bank';
import type { Metrics } from './metrics.js';

export type Acts = Pick<Bank, 'answers' | 'handovers'>;

/** The same answers and handovers, counted. */
export function measuredActs({ answers, handovers }: Acts, metrics: Pick<Metrics, 'asked' | 'handedOver'>): Acts {
  return {
    answers: {
      ...answers,
      async ask(...request) {
        try {
          const answer = await answers.ask(...request);
          metrics.asked(answer);
          return answer;
        } catch (error) {
          metrics.asked(undefined);
          throw error;
        }
      },
    },
    handovers: {
      ...handovers,
      async start(...request) {
        const answer = await handovers.start(...request);
        if (answer.outcome === 'started' && answer.lapsed !== undefined) metrics.handedOver('lapsed', answer.lapsed);
        return answer;
      },
      async confirm(request) {
        const answer = await handovers.confirm(request);
        if (answer.outcome === 'refused' && answer.lapsed === true) metrics.handedOver('lapsed');
        return answer;
      },
      async settle(handover, attempted) {
        const state = await handovers.settle(handover, attempted);
        if (state !== undefined) metrics.handedOver(state);
        return state;
      },
      async lapse(most) {
        const lapsed = await handovers.lapse(most);
        metrics.handedOver('lapsed', lapsed);
        return lapsed;
      },
    },
  };
}
