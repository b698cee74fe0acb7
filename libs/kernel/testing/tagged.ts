import fc from 'fast-check';

/** What an arbitrary makes. */
export type ValueOf<Arbitrary> = Arbitrary extends fc.Arbitrary<infer Value> ? Value : never;

type Parts = Readonly<Record<string, fc.Arbitrary<unknown>>>;
type Kinds = Readonly<Record<string, readonly [weight: number, parts: Parts]>>;

type Tagged<Tag extends string, Given extends Kinds> = {
  [Name in keyof Given]: { readonly [Key in Tag]: Name } & {
    -readonly [Part in keyof Given[Name][1]]: ValueOf<Given[Name][1][Part]>;
  };
}[keyof Given];

/** One of several kinds of objects, by the name that its tag holds: how often it comes, and what else it has. */
export const tagged = <Tag extends string, const Given extends Kinds>(
  tag: Tag,
  kinds: Given,
): fc.Arbitrary<Tagged<Tag, Given>> =>
  fc.oneof(
    ...Object.entries(kinds).map(([name, [weight, parts]]) => ({
      weight,
      arbitrary: fc.record({ [tag]: fc.constant(name), ...parts }),
    })),
  ) as fc.Arbitrary<never>;
