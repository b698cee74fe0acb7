import { useSearch } from '@tanstack/react-router';
import { api } from '../../api/client';
import { useFilters } from '../../parts/filters';
import { PageHeader } from '../../parts/page-header';
import { ProblemNotice } from '../../parts/problem-notice';
import { SegmentedControl } from '@mantine/core';
import { LiveTail } from './live-tail';
import { RecordControls } from './record-controls';
import { RecordDrawer } from './record-drawer';
import { RecordList } from './record-list';
import { TopicList } from './topic-list';

const MODES = [
  { value: 'records', label: 'Records' },
  { value: 'live', label: 'Live tail' },
];

export function LogPage() {
  const { topic, partition = '0', record, live } = useSearch({ from: '/log' });
  const [, change] = useFilters();
  const { data, error } = api.useQuery(
    'get',
    '/v1/operations/log/topics',
    {},
    { refetchInterval: 10_000, enabled: live === undefined },
  );
  return (
    <>
      <PageHeader title="Log" description="Every event that was ever written, in the order of its partition.">
        <SegmentedControl
          aria-label="Show"
          size="xs"
          data={MODES}
          value={live === undefined ? 'records' : 'live'}
          onChange={(mode) => change({ live: mode === 'live' ? 'yes' : undefined, record: undefined })}
        />
      </PageHeader>
      <ProblemNotice error={error} />
      {live === undefined && topic === undefined && <TopicList topics={data?.items} />}
      {live === undefined && topic !== undefined && (
        <>
          <RecordControls topics={data?.items} />
          <RecordList topic={topic} partition={partition} />
        </>
      )}
      {live !== undefined && <LiveTail />}
      {topic !== undefined && record !== undefined && (
        <RecordDrawer
          topic={topic}
          partition={partition}
          offset={record}
          close={() => change({ record: undefined })}
        />
      )}
    </>
  );
}
