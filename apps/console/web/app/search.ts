/** The values of a URL's search that a page knows. All are text; others are dropped. */
export type Search<Name extends string> = { readonly [Key in Name]?: string | undefined };

/** For `validateSearch`: keeps these parameters if they are not empty. */
export const searchOf =
  <const Name extends string>(...names: readonly Name[]) =>
  (given: Readonly<Record<string, unknown>>): Search<Name> =>
    Object.fromEntries(
      names.flatMap((name) => {
        const value = given[name];
        return typeof value === 'string' && value !== '' ? [[name, value]] : [];
      }),
    ) as Search<Name>;
