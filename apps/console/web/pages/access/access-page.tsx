import { Tabs } from '@mantine/core';
import { useSearch } from '@tanstack/react-router';
import { useFilters } from '../../parts/filters';
import { PageHeader } from '../../parts/page-header';
import { KeyList } from './key-list';
import { PartitionList } from './partition-list';
import { TenantList } from './tenant-list';

const TABS = {
  keys: ['API keys', KeyList],
  tenants: ['Tenants', TenantList],
  partitions: ['Partitions', PartitionList],
} as const;

type Tab = keyof typeof TABS;

export function AccessPage() {
  const { tab } = useSearch({ from: '/access' });
  const [, change] = useFilters();
  const current: Tab = tab !== undefined && tab in TABS ? (tab as Tab) : 'keys';
  return (
    <>
      <PageHeader title="Access" description="Who may do what, and which process serves which partition." />
      <Tabs
        value={current}
        onChange={(value) => change({ tab: value === 'keys' ? undefined : (value ?? undefined) })}
        keepMounted={false}
      >
        <Tabs.List mb="md">
          {Object.entries(TABS).map(([name, [label]]) => (
            <Tabs.Tab key={name} value={name}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {Object.entries(TABS).map(([name, [, List]]) => (
          <Tabs.Panel key={name} value={name}>
            <List />
          </Tabs.Panel>
        ))}
      </Tabs>
    </>
  );
}
