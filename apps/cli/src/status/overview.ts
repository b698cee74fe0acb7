/** The part of `GET /v1/operations/overview` that `orderstream status` shows; docs/openapi.json describes the rest. */
export interface ShownOverview {
  readonly at: string;
  readonly ordersPerSecond?: number;
  readonly eventsPerSecond?: number;
  readonly appendP99Ms?: number;
  readonly projections?: readonly Freshness[];
  readonly oldestUndelivered?: {
    readonly ageMs: number;
    readonly subscriptionId: string;
    readonly tenant: string;
  };
  readonly stuckProcesses?: Count;
  readonly paymentsInReview?: Count;
  readonly deadLetters?: readonly (Count & { readonly kind: string })[];
  readonly partitions?: { readonly owned: number; readonly owners: number };
  readonly processes: { readonly expected: number; readonly answering: number };
  readonly readiness?: { readonly parts: readonly Part[] };
  readonly missing: readonly {
    readonly part: string;
    readonly reason: string;
    /** Apps that run apart tell it: nothing is wrong. */
    readonly isElsewhere?: true;
  }[];
}

export interface Freshness {
  readonly name: string;
  readonly lagEvents: number;
  readonly lagMs?: number;
  readonly stoppedPartitions: number;
  readonly rebuild?: { readonly state: string };
}

export interface Count {
  readonly count: number;
  readonly countIsLowerBound?: boolean;
}

interface Part {
  readonly name: string;
  readonly status: 'up' | 'down';
  readonly message?: string;
  readonly notices?: readonly string[];
}
