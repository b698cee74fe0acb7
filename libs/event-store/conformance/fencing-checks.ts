import type { ConformanceCheck } from './conformance-check.js';
import { conformanceCheck } from './trial.js';

const FORMER = 'a former owner';

/** A former owner can no longer append or confirm. */
export const FENCING_CHECKS: readonly ConformanceCheck[] = [
  conformanceCheck(3, 'refuses a former owner before its successor has appended', async (trial) => {
    const { writer: former, end } = await trial.owner();
    const events = trial.events(2);
    await trial.append(former, events);
    await trial.owner();
    await trial.mustBeFenced(former, `${FORMER}, before its successor's first append,`);
    await trial.mustHold(end, events);
  }),

  conformanceCheck(3, 'refuses a former owner after its successor has appended', async (trial) => {
    const { writer: former, end } = await trial.owner();
    const first = trial.events(2);
    await trial.append(former, first);
    const { writer: successor } = await trial.owner();
    const second = trial.events(2);
    await trial.append(successor, second);
    await trial.mustBeFenced(former, `${FORMER}, after its successor's first append,`);
    await trial.mustHold(end, [...first, ...second]);
  }),

  conformanceCheck(3, 'refuses a former owner that has never appended', async (trial) => {
    const { writer: idle, end } = await trial.owner();
    await trial.owner();
    await trial.mustBeFenced(idle, `${FORMER} that had never appended`);
    const { writer: idleToo } = await trial.owner();
    const { writer: successor } = await trial.owner();
    const events = trial.events(1);
    await trial.append(successor, events);
    await trial.mustBeFenced(
      idleToo,
      `${FORMER} that had never appended, after its successor's first append,`,
    );
    await trial.mustHold(end, events);
  }),

  conformanceCheck(3, 'confirms the owner, and no former one', async (trial) => {
    const { writer: former } = await trial.owner();
    await former.confirm();
    await trial.append(former, trial.events(1));
    await former.confirm();
    const { writer: successor } = await trial.owner();
    await trial.mustNotBeConfirmed(former, `${FORMER} whose successor has not appended yet`);
    await successor.confirm();
  }),

  conformanceCheck(3, 'refuses every former owner, not the last one alone', async (trial) => {
    const owners = [await trial.owner(), await trial.owner(), await trial.owner()];
    const { writer: present, end } = await trial.owner();
    const events = trial.events(1);
    await trial.append(present, events);
    for (const { writer } of owners) await trial.mustBeFenced(writer, 'an owner before the last');
    await trial.mustHold(end, events);
  }),

  conformanceCheck(
    3,
    'takes a former owner back when it claims anew, and refuses the other',
    async (trial) => {
      const { writer: first, end } = await trial.owner();
      const { writer: second } = await trial.owner();
      await trial.mustBeFenced(first, FORMER);
      await first.claim();
      const events = trial.events(2);
      await trial.append(first, events);
      await trial.mustBeFenced(second, FORMER);
      await trial.mustHold(end, events);
    },
  ),
];
