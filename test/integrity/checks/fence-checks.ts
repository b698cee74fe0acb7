import { isFence, type LogBatch } from '../log-record.js';
import { groupedBy, type Violation, violation } from '../violation.js';

/**
 * Promise 3: a former owner's record is never accepted after a claim. A claim leaves a control record that carries
 * its producer id and epoch; below it in the log, nothing of an older epoch or of another producer may follow.
 */
export function fenceViolations(batches: readonly LogBatch[]): Violation[] {
  return [...groupedBy(batches, ({ partition }) => partition).values()].flatMap(ofOnePartition);
}

function ofOnePartition(batches: readonly LogBatch[]): Violation[] {
  const found: Violation[] = [];
  let claim: LogBatch | undefined;
  let highest = -1;
  const inLogOrder = batches
    .filter((batch) => !isFence(batch))
    .toSorted((a, b) => a.baseOffset - b.baseOffset);
  for (const batch of inLogOrder) {
    const { partition, baseOffset, producerId, producerEpoch, isControl } = batch;
    const what = `orders/${partition}@${baseOffset} by producer ${producerId}, epoch ${producerEpoch}`;
    if (isControl) {
      if (claim?.producerId !== producerId) highest = -1;
      claim = batch;
    } else if (!claim) {
      found.push(violation('unfenced', `${what}: nobody had claimed the partition`));
    }
    if (claim && (claim.producerId !== producerId || producerEpoch < highest)) {
      const owner = `producer ${claim.producerId}, epoch ${highest}`;
      found.push(violation('former-owner', `${what}: ${owner} was there before`));
    }
    if (claim?.producerId === producerId) highest = Math.max(highest, producerEpoch);
  }
  return found;
}
