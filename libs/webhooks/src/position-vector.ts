import type { Position } from '#libs/kernel';
import { partitionKey, type PositionVector } from './subscription.js';

export const positionVector = (positions: readonly Position[]): PositionVector =>
  Object.fromEntries(
    positions.map(({ topic, partition, offset }) => [partitionKey(topic, partition), offset]),
  );
