import { fileURLToPath } from 'node:url';
import { relative } from 'node:path';

/** The format that V8 writes. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

export interface Share {
  readonly name: string;
  /** Milliseconds in its own code. */
  readonly self: number;
  /** Milliseconds in its own code, and in what Node and V8 did at its call. */
  readonly withEngine: number;
}

export interface FunctionShare {
  readonly name: string;
  readonly where: string;
  readonly self: number;
}

export interface ProfileSummary {
  /** Milliseconds in all, and of these not idle. */
  readonly total: number;
  readonly busy: number;
  readonly packages: readonly Share[];
  readonly functions: readonly FunctionShare[];
}

const IDLE = '(idle)';
const PROFILER = 'test/bench';

/** Self times by package (or library, or app, of ours), and by function. */
export function summarize({ nodes, samples, timeDeltas }: CpuProfile): ProfileSummary {
  const selfMicros = new Map<number, number>();
  samples.forEach((id, index) => {
    selfMicros.set(id, (selfMicros.get(id) ?? 0) + Math.max(0, timeDeltas[index] ?? 0));
  });
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const self = new Map<string, number>();
  const withEngine = new Map<string, number>();
  const functions = new Map<string, FunctionShare>();
  let busy = 0;
  let total = 0;
  for (const node of nodes) {
    const ms = (selfMicros.get(node.id) ?? 0) / 1_000;
    total += ms;
    if (ms === 0 || node.callFrame.functionName === IDLE) continue;
    const caller = callerOf(node, byId, parents);
    // Starting the profiler takes a while.
    if (caller === PROFILER) continue;
    busy += ms;
    add(self, ownerOf(node), ms);
    add(withEngine, caller, ms);
    const where = placeOf(node, caller);
    const name = node.callFrame.functionName || '(anonymous)';
    const known = functions.get(`${name} ${where}`)?.self ?? 0;
    functions.set(`${name} ${where}`, { name, where, self: known + ms });
  }
  const names = new Set([...self.keys(), ...withEngine.keys()]);
  return {
    total,
    busy,
    packages: [...names]
      .map((name) => ({ name, self: self.get(name) ?? 0, withEngine: withEngine.get(name) ?? 0 }))
      .toSorted((a, b) => b.withEngine - a.withEngine),
    functions: [...functions.values()].toSorted((a, b) => b.self - a.self),
  };
}

function add(sums: Map<string, number>, key: string, ms: number): void {
  sums.set(key, (sums.get(key) ?? 0) + ms);
}

export const isEngine = ({ callFrame: { url } }: ProfileNode): boolean =>
  url === '' || url.startsWith('node:');

/** The nearest package up the stack; the engine itself where none called it. */
function callerOf(
  node: ProfileNode,
  byId: ReadonlyMap<number, ProfileNode>,
  parents: ReadonlyMap<number, number>,
): string {
  for (let at: ProfileNode | undefined = node; at; at = byId.get(parents.get(at.id) ?? 0)) {
    if (!isEngine(at)) return ownerOf(at);
  }
  return ownerOf(node);
}

/** `kafkajs`, `libs/event-store`, `node:net`, `(garbage collector)`. */
function ownerOf({ callFrame: { url, functionName } }: ProfileNode): string {
  if (url === '') return functionName.startsWith('(') ? functionName : '(native)';
  if (url.startsWith('node:')) return `node:${/^node:(?:internal\/)?([^/]+)/.exec(url)?.[1] ?? ''}`;
  const path = relativePath(url);
  const installed = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
  return installed ?? path.split('/').slice(0, 2).join('/');
}

/** Work of Node and V8 is listed by the package it is done for. */
function placeOf(node: ProfileNode, caller: string): string {
  const { url } = node.callFrame;
  if (!isEngine(node)) return sourceOf(node);
  return [url, caller === ownerOf(node) ? '' : `for ${caller}`].filter(Boolean).join(' ');
}

/** The file and line of code outside Node and V8. */
export const sourceOf = ({ callFrame: { url, lineNumber } }: ProfileNode): string =>
  `${relativePath(url).replace(/^.*node_modules\//, '')}:${lineNumber + 1}`;

const relativePath = (url: string): string =>
  relative(process.cwd(), url.startsWith('file:') ? fileURLToPath(url) : url).replace(/^dist\//, '');
