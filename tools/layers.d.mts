/** The part of tools/layers.json that says which code is pure. */
export interface PureCode {
  /** By name, or as `*\/<folder>`. */
  readonly rooms: readonly string[];
  /** Patterns of files that are pure, whatever room they are in. */
  readonly files: readonly string[];
  /** Paths where time and chance come in, to be handed on as values. */
  readonly sources: readonly string[];
}

/** Reads tools/layers.json for the libraries of a repository. */
export function readLayers(root: string): { readonly pure: PureCode };
