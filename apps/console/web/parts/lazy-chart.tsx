import { Skeleton } from '@mantine/core';
import { type ComponentProps, lazy, Suspense } from 'react';
import type { Chart } from './chart';

const Loaded = lazy(() => import('./chart').then(({ Chart }) => ({ default: Chart })));

/** The chart, whose library is loaded with the first one that is shown. */
export function LazyChart(props: ComponentProps<typeof Chart>) {
  return (
    <Suspense fallback={<Skeleton height={props.height ?? 180} />}>
      <Loaded {...props} />
    </Suspense>
  );
}
