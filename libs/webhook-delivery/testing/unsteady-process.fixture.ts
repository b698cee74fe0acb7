import type { DispatchPorts } from '../core/dispatch-limits.js';
import { type Clock, TenantShares } from '#libs/kernel';
import type { DispatchObserver } from '../core/ports.js';

/** How a call to the database goes. `after`: it was done, but the answer is lost. */
export interface PlannedCall {
  readonly beforeMs: number;
  readonly afterMs: number;
  readonly fails: 'never' | 'before' | 'after';
}

/** How calls go, one after the other, over and over. */
export class FaultPlan {
  #calls = 0;

  constructor(private script: readonly PlannedCall[]) {}

  calm(): void {
    this.script = [];
  }

  next(): PlannedCall | undefined {
    return this.script[this.#calls++ % this.script.length];
  }
}

/** The process that a dispatcher runs in. Once it is gone, it reaches nothing and is told nothing. */
export class UnsteadyProcess {
  readonly budget = new TenantShares(10_000);
  isGone = false;

  constructor(
    private readonly clock: Clock,
    private readonly faultPlan: FaultPlan,
  ) {}

  portsOf(ports: DispatchPorts): DispatchPorts {
    const { client, observer } = ports;
    return {
      ...ports,
      budget: this.budget,
      log: this.#guarded(ports.log),
      store: this.#guarded(ports.store, this.faultPlan),
      client: this.#guarded({
        // A request already sent when the process dies is still answered.
        attempt: (request, signal) =>
          client.attempt(request, this.isGone ? new AbortController().signal : signal),
      }),
      observer: this.#muted(observer),
    };
  }

  #guarded<Port extends object>(port: Port, faultPlan?: FaultPlan): Port {
    return new Proxy(port, {
      get: (target, name) => {
        const member = Reflect.get(target, name) as unknown;
        if (typeof member !== 'function') return member;
        return (...given: unknown[]) =>
          this.#call(() => Reflect.apply(member, target, given) as Promise<unknown>, faultPlan?.next());
      },
    });
  }

  async #call(work: () => Promise<unknown>, planned: PlannedCall | undefined): Promise<unknown> {
    await this.#pass(planned?.beforeMs);
    if (planned?.fails === 'before') throw new Error('it does not answer');
    const answer = await work();
    await this.#pass(planned?.afterMs);
    if (planned?.fails === 'after') throw new Error('its answer is lost');
    return answer;
  }

  async #pass(ms = 0): Promise<void> {
    if (ms > 0) await this.clock.sleep(ms);
    if (this.isGone) await new Promise<never>(() => undefined);
  }

  #muted(observer: DispatchObserver): DispatchObserver {
    return new Proxy(observer, {
      get: (target, name) => {
        const member = Reflect.get(target, name) as unknown;
        if (typeof member !== 'function') return member;
        return (...given: unknown[]) => (this.isGone ? undefined : Reflect.apply(member, target, given));
      },
    });
  }
}
