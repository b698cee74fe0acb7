export interface SourceFile {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

export interface CodeSize {
  readonly files: number;
  readonly lines: number;
  /** Lines of a file, by nearest rank. */
  readonly median: number;
  readonly percentile90: number;
  readonly largest: { readonly path: string; readonly lines: number };
}

/** Calls by path and function. */
export type CallCounts = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** `undefined` for what is generated or no code. */
export function codeKind(path: string): 'product' | 'tests' | 'tooling' | undefined;
/** Of at least one file. */
export function sizeOf(files: readonly SourceFile[]): CodeSize;
/** Of a TypeScript file, nested declarations included. */
export function countDeclarations(file: SourceFile): { classes: number; interfaces: number };
/** The paths of those TypeScript files that import nothing from each other. */
export function leavesAmong(files: readonly SourceFile[]): string[];
/** The files with a function that every piece of work calls; the idle windows are as long as the working one. */
export function filesAtWork(working: CallCounts, idle: readonly CallCounts[], pieces: number): string[];
