import { specify } from '#libs/kernel/testing';
import { someAct } from '../testing/index.js';
import { ACT_AGGREGATE, AUDIT_TENANT } from './act.aggregate.js';
import { actDecider, type ActEvent, isRecordedAct } from './act-decider.js';
import { boundedAct, MAX_ACT_TEXT } from './acts.js';

const given = specify(actDecider);
const act = someAct();
const recorded: ActEvent = { type: 'act.recorded', data: act };

describe('an act', () => {
  it('is recorded as it was', () => {
    given()
      .when({ type: 'record-act', ...act })
      .then(recorded);
  });

  it('keeps its first record, whatever a repeat says', () => {
    given(recorded)
      .when({ type: 'record-act', ...act })
      .thenNothing();
    given(recorded)
      .when({ type: 'record-act', ...act, outcome: 'unknown', status: null })
      .thenNothing();
  });

  it('is its own state, with the columns that lists are filtered by', () => {
    const state = actDecider.evolve(actDecider.initialState, recorded);
    expect(state).toEqual(act);
    expect(isRecordedAct(actDecider.initialState)).toBe(false);
    if (!isRecordedAct(state)) throw new Error('not recorded');
    const { columns } = ACT_AGGREGATE.table;
    expect(columns.acted_at.of(state)).toBe(Date.parse(act.at));
    expect(columns.for_tenant.of(state)).toBe('acme');
    expect(columns.for_tenant.of({ ...state, tenant: null })).toBe('');
  });

  it('belongs to nobody whose name a tenant could have', () => expect(AUDIT_TENANT).toContain(' '));

  it('is cut where texts come from outside', () => {
    const long = 'x'.repeat(1_000);
    const bounded = boundedAct(someAct({ actor: long, objectId: long, route: long, from: long }));
    for (const text of [bounded.actor, bounded.objectId, bounded.route, bounded.from])
      expect(text).toHaveLength(MAX_ACT_TEXT);
    expect(boundedAct(someAct({ objectId: null })).objectId).toBeNull();
  });
});
