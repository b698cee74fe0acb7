import fc from 'fast-check';

type Check<Values extends unknown[]> = (...values: Values) => boolean | void | Promise<boolean | void>;

/** A test case that holds for all values of the arbitraries. Parameters, such as `numRuns`, go before the check. */
export function itForAll<Values extends [unknown, ...unknown[]]>(
  name: string,
  arbitraries: { [Index in keyof Values]: fc.Arbitrary<Values[Index]> },
  ...rest: [Check<Values>] | [fc.Parameters<Values>, Check<Values>]
): void {
  const [parameters, check] = rest.length === 1 ? [undefined, rest[0]] : rest;
  it(name, () =>
    fc.assert(
      fc.asyncProperty(...arbitraries, async (...values) => check(...values)),
      parameters,
    ),
  );
}
