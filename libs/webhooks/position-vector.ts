import { type Position, topicPartitionKey } from '#libs/kernel';
import type { PositionVector } from './subscription.js';

export const positionVector = (positions: readonly Position[]): PositionVector =>
  Object.fromEntries(positions.map((position) => [topicPartitionKey(position), position.offset]));
