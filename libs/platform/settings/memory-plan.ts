const MB = 1_048_576;

/** The program itself: machine code, libraries, stacks, and what their allocators keep. Measured with every role. */
const PROGRAM_BYTES = 120 * MB;
/** Modules, schemas and the description of the API in V8's heap, before the first request. */
const MODULES_BYTES = 96 * MB;
/** Less is not enough for all roles. */
export const LEAST_MEMORY_MB = 320;
export const DEFAULT_MEMORY_MB = 768;
/** Of a container or a machine, as servers and the page cache need some, too. */
const SHARE_OF_LIMIT = 0.75;

/** Semi-spaces: two take part in a collection, and V8 counts three. */
const SEMI_SPACES = 3;
const LEAST_SEMI_SPACE = 8 * MB;
/** Beyond, a larger young generation saves hardly any copying. */
const MOST_SEMI_SPACE = 64 * MB;

/**
 * Bytes of memory for each byte that a bound counts. States are kept as the texts that are counted, and tails mostly as
 * records, while bodies, commands and deliveries become objects.
 */
const FACTORS = { bodies: 3, commands: 2, states: 1.2, deliveries: 2.5, tails: 1.5, recentEvents: 3 };

/** How what is left after the program and the young generation is shared. The rest is for garbage and surprises. */
const SHARES = {
  bodies: 0.28,
  commands: 0.11,
  states: 0.3,
  deliveries: 0.1,
  tails: 0.1,
  recentEvents: 0.05,
};

type Part = keyof typeof SHARES;

/** Bounds in bytes, each counted as the code counts it. */
export interface MemoryPlan {
  readonly semiSpaceBytes: number;
  readonly oldSpaceBytes: number;
  /** Bodies and answers of requests in flight. */
  readonly bodies: number;
  /** Commands in flight. */
  readonly commands: number;
  /** State caches of all topics together. */
  readonly states: number;
  /** Webhook deliveries that wait. */
  readonly deliveries: number;
  /** The newest events of all partitions, for the readers of the log. */
  readonly tails: number;
  /** The newest events, for open event streams. */
  readonly recentEvents: number;
}

/** Sizes of everything that grows with the load, so that the process stays within so many megabytes. */
export function memoryPlan(memoryMb: number): MemoryPlan {
  const total = memoryMb * MB;
  const free = total - PROGRAM_BYTES - MODULES_BYTES;
  const semiSpaceBytes = powerOfTwo(clamp(free / 16, LEAST_SEMI_SPACE, MOST_SEMI_SPACE));
  const room = free - SEMI_SPACES * semiSpaceBytes;
  const part = (name: Part): number => Math.floor((room * SHARES[name]) / FACTORS[name]);
  // Half of what bodies take is outside of V8's heap, as buffers.
  const outside = (room * SHARES.bodies) / 2;
  return {
    semiSpaceBytes,
    oldSpaceBytes: megabytes(MODULES_BYTES + room - outside),
    bodies: part('bodies'),
    commands: part('commands'),
    states: part('states'),
    deliveries: part('deliveries'),
    tails: part('tails'),
    recentEvents: part('recentEvents'),
  };
}

/** What the parts of a plan take at most, in bytes, all full at the same time. */
export const mostMemoryOf = (plan: MemoryPlan): number =>
  PROGRAM_BYTES +
  MODULES_BYTES +
  SEMI_SPACES * plan.semiSpaceBytes +
  (Object.keys(SHARES) as Part[]).reduce((sum, name) => sum + plan[name] * FACTORS[name], 0);

/** The limit that V8 makes of these options. */
export const heapBytes = ({ semiSpaceBytes, oldSpaceBytes }: MemoryPlan): number =>
  oldSpaceBytes + SEMI_SPACES * semiSpaceBytes;

/** What V8 must be told before it starts, as options of `node`. */
export const nodeOptions = ({ semiSpaceBytes, oldSpaceBytes }: MemoryPlan): string[] => [
  `--max-semi-space-size=${semiSpaceBytes / MB}`,
  `--max-old-space-size=${oldSpaceBytes / MB}`,
];

/** @param limitBytes of the container or the machine; 0 if it is unknown */
export function defaultMemoryMb(limitBytes: number): number {
  if (limitBytes <= 0) return DEFAULT_MEMORY_MB;
  return Math.floor(clamp((limitBytes * SHARE_OF_LIMIT) / MB, LEAST_MEMORY_MB, DEFAULT_MEMORY_MB));
}

const megabytes = (bytes: number): number => Math.floor(bytes / MB) * MB;

/** V8 rounds a semi-space up to one. */
const powerOfTwo = (value: number): number => 2 ** Math.floor(Math.log2(value));

const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));
