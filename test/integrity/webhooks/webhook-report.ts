import { groupedBy } from '../checks/violation.js';
import type { WebhookRunResult } from './webhook-run.js';

const EXAMPLES = 10;

/** The result in words: what was counted, and for each kind of violation how many, with examples. */
export function webhookReport({ counts, violations, voidBecause }: WebhookRunResult): string[] {
  return [
    ...Object.entries(counts).map(([name, count]) => `${String(count).padStart(8)}  ${name}`),
    ...[...groupedBy(violations, ({ kind }) => kind).values()].flatMap((some) => [
      `promise ${some[0]?.promise} is broken: ${some[0]?.kind}, ${some.length} times`,
      ...some.slice(0, EXAMPLES).map(({ detail }) => `    ${detail}`),
    ]),
    ...voidBecause.map((reason) => `the run is void: ${reason}`),
    ...(violations.length === 0 && voidBecause.length === 0 ? ['promises 7 and 8 held'] : []),
  ];
}
