import { pluralText } from '../../parts/numbers';

/** What has become of so many dead letters. */
export const redrivenText = (count: number): string =>
  `${pluralText(count, 'dead letter')} will be sent again.`;
export const skippedText = (count: number): string => `${pluralText(count, 'dead letter')} skipped.`;
