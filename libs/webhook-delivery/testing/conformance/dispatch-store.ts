import { describeClaims } from './claim-checks.js';
import { describeCursors } from './cursor-checks.js';
import { describeFronts } from './front-checks.js';
import { describeLanes } from './lane-checks.js';
import { describeReleases } from './release-checks.js';
import { describeRetries, describeSharedSaves } from './shared-save-checks.js';
import type { DispatchStoreUnderTest } from './store-under-test.js';

/**
 * The contract of every dispatch store. Run it against each adapter.
 * @param open runs before each test and may return the same store each time
 */
export function describeDispatchStore(name: string, open: () => Promise<DispatchStoreUnderTest>): void {
  describe(`dispatch store: ${name}`, () => {
    let subject: DispatchStoreUnderTest;
    beforeEach(async () => {
      subject = await open();
    });
    describe('claims', () => describeClaims(() => subject));
    describe('cursors', () => describeCursors(() => subject));
    describe('lanes', () => describeLanes(() => subject));
    describe('deliveries that come first in a lane', () => describeFronts(() => subject));
    describe('saves of several partitions', () => describeSharedSaves(() => subject));
    describe('retries', () => describeRetries(() => subject));
    describe('an operator', () => describeReleases(() => subject));
  });
}
