import type { paths } from './generated/paths';

type JsonOf<Response> = Response extends { content: { 'application/json': infer Body } } ? Body : never;

/** The JSON body that a `GET` of this path returns. */
export type Answer<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: infer Response } };
}
  ? JsonOf<Response>
  : never;

/** The parameters in the query of a `GET` of this path, as a URL has them. */
export type Query<Path extends keyof paths> = paths[Path] extends {
  get: { parameters: { query?: infer Parameters } };
}
  ? NonNullable<Parameters>
  : never;

/** One item of the list that a path answers. */
export type Item<Path extends keyof paths> =
  Answer<Path> extends { items: readonly (infer Each)[] } ? Each : never;
