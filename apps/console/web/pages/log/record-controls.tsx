import { NativeSelect } from '@mantine/core';
import { FilterBar, TextFilter, TimeFilter, useFilters } from '../../parts/filters';
import { countText } from '../../parts/numbers';
import type { LogPartition, LogTopic } from './log';

const FROM = { offset: undefined, time: undefined, direction: undefined, record: undefined };

/** Which partition, and where in it. */
export function RecordControls({ topics = [] }: { readonly topics: readonly LogTopic[] | undefined }) {
  const [{ topic, partition = '0' }, change] = useFilters();
  const partitions = topics.find((each) => each.topic === topic)?.partitions ?? [];
  return (
    <FilterBar names={['topic', 'partition', 'offset', 'time', 'direction', 'record']}>
      <NativeSelect
        label="Topic"
        size="sm"
        data={withCurrent(
          topics.map(({ topic }) => ({ value: topic, label: topic })),
          topic ?? '',
        )}
        value={topic}
        onChange={({ currentTarget }) =>
          change({ ...FROM, topic: currentTarget.value, partition: undefined })
        }
      />
      <NativeSelect
        label="Partition"
        size="sm"
        data={withCurrent(partitions.map(choiceOf), partition)}
        value={partition}
        onChange={({ currentTarget }) => change({ ...FROM, partition: currentTarget.value })}
      />
      <TextFilter name="offset" label="From offset" clears={['time', 'direction', 'record']} />
      <TimeFilter name="time" label="From time" clears={['offset', 'direction', 'record']} />
    </FilterBar>
  );
}

const choiceOf = ({ partition, beginOffset, endOffset }: LogPartition) => ({
  value: String(partition),
  label: `${partition} (offsets ${countText(beginOffset)} to ${countText(endOffset)})`,
});

/** While the topics load, the URL tells what is chosen. */
const withCurrent = (choices: { value: string; label: string }[], current: string) =>
  choices.some(({ value }) => value === current) ? choices : [...choices, { value: current, label: current }];
