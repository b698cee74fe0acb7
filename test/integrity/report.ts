import { groupedBy, type Violation } from './violation.js';

const EXAMPLES = 10;

/** Past Jest's console, which adds a stack trace to each line. */
export const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** The result of a run under faults. */
export interface RunResult {
  readonly violations: readonly Violation[];
  /** Why the run proves nothing, if so. */
  readonly voidBecause: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * Describes the result: the counts, and for each kind of violation its number, with examples.
 * @param promises that the run is about
 */
export function reportLines({ counts, violations, voidBecause }: RunResult, promises: string): string[] {
  return [
    ...Object.entries(counts).map(([name, count]) => `${String(count).padStart(8)}  ${name}`),
    ...[...groupedBy(violations, ({ kind }) => kind).values()].flatMap((some) => [
      `promise ${some[0]?.promise} is broken: ${some[0]?.kind}, ${some.length} times`,
      ...some.slice(0, EXAMPLES).map(({ detail }) => `    ${detail}`),
    ]),
    ...voidBecause.map((reason) => `the run is void: ${reason}`),
    ...(violations.length === 0 && voidBecause.length === 0 ? [`promises ${promises} held`] : []),
  ];
}
