import { readFile } from 'node:fs/promises';

const LOOK_MS = 100;
const BAR = /(\d+) % of [\d,]+ offsets · [\d,]+\/s · (?:(\d+) s left|\? left|verifying)/;

interface BarLine {
  /** Since it began. */
  readonly atMs: number;
  readonly text: string;
  readonly percent: number;
  readonly leftSeconds: number | undefined;
}

/** Watches the bar of a command in its log, where it is a line now and then, since nobody looks. */
export class BarLog {
  readonly #began = performance.now();
  readonly #lines: BarLine[] = [];
  readonly #timer: NodeJS.Timeout;
  #passed = 0;

  constructor(private readonly file: string) {
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
  }

  /** @returns what it told, in lines, once the command has ended. */
  async end(): Promise<string[]> {
    clearInterval(this.#timer);
    await this.#look();
    const shown = this.#lines.map(({ atMs, text }) => `${seconds(atMs).padStart(9)}  ${text}`);
    return [...shown, `  ${estimateOf(this.#lines)}`];
  }

  async #look(): Promise<void> {
    const atMs = performance.now() - this.#began;
    // Not there yet, or not this time.
    const lines = (await readFile(this.file, 'utf8').catch(() => '')).split('\n').slice(0, -1);
    for (const text of lines.slice(this.#passed)) {
      const [isBar, percent, left] = BAR.exec(text) ?? [];
      if (isBar === undefined) continue;
      const leftSeconds = left === undefined ? undefined : Number(left);
      this.#lines.push({ atMs, text: text.trim(), percent: Number(percent), leftSeconds });
    }
    this.#passed = Math.max(this.#passed, lines.length);
  }
}

/** By what factor the time left, as it was told half-way, was off: the larger by the smaller. */
function estimateOf(lines: readonly BarLine[]): string {
  const end = lines.at(-1);
  const [halfWay] = lines
    .filter(({ percent }) => percent >= 25 && percent <= 75)
    .toSorted((a, b) => Math.abs(a.percent - 50) - Math.abs(b.percent - 50));
  if (!end || halfWay?.leftSeconds === undefined || halfWay === end) return 'too short for a bar half-way';
  const told = halfWay.leftSeconds * 1_000;
  const was = end.atMs - halfWay.atMs;
  const factor = Math.max(told, was) / Math.min(told, was);
  return `at ${halfWay.percent} % it told ${seconds(told)} left, and it was ${seconds(was)}: off by a factor of ${factor.toFixed(2)}`;
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
