import { defineAggregate } from '#libs/kernel';
import { exists, nextTimerAt, processDecider, stateOf, unansweredSince } from '#libs/processes/core';
import { PROCESS_DEFINITIONS } from './process-definitions.js';

/** All process managers: each process is a stream, whose events hold what came in and what goes out. */
export const PROCESS_AGGREGATE = defineAggregate({
  topic: 'processes',
  decider: processDecider(PROCESS_DEFINITIONS),
  subject: 'processId',
  relatedIds: ['orderId'],
  link: (processId) => `/v1/processes/${processId}`,
  notFound: { code: 'process-not-found', noun: 'process' },
  problems: {
    'process-not-found': {
      status: 404,
      title: 'Process not found',
      meaning: 'Your tenant has no process of this id.',
    },
    'process-ended': {
      status: 409,
      title: 'Process has ended',
      meaning: 'A process that is completed or compensated can be neither retried nor cancelled.',
    },
    'process-past-cancelling': {
      status: 409,
      title: 'Process cannot be cancelled any more',
      meaning:
        'It is past the point at which it can be undone: the order has shipped, or it is being cancelled already.',
    },
  },
  table: {
    name: 'process',
    projection: 'processes',
    version: 1,
    key: 'uuid',
    columns: {
      process: { type: 'keyword', of: ({ process }) => process },
      status: { type: 'keyword', of: stateOf },
      timer_at: { type: 'bigint', of: nextTimerAt },
      unanswered_since: { type: 'bigint', of: unansweredSince },
      progress_at: { type: 'bigint', of: ({ progressAt }) => progressAt },
    },
    hasRow: exists,
  },
});
