import { ProgressBar } from '../../parts/progress-bar';
import type { Rebuild } from './projection';

export const RebuildProgress = ({ rebuild }: { readonly rebuild: Rebuild }) => (
  <ProgressBar label="Rebuilding from the log" {...rebuild} />
);
