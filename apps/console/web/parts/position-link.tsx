import { TenantLink } from './tenant-link';

const POSITION = /^(?<topic>[^/]+)\/(?<partition>\d+)@(?<offset>\d+)$/;

/** What the page of the log needs to show the record at a position. */
export function positionSearch(position: string): Readonly<Record<string, string | undefined>> | undefined {
  const { topic, partition, offset } = POSITION.exec(position)?.groups ?? {};
  return topic === undefined ? undefined : { topic, partition, offset, record: offset };
}

/** Leads to a record of the log by its position, `<topic>/<partition>@<offset>`. */
export function PositionLink({ position }: { readonly position: string }) {
  const search = positionSearch(position);
  if (!search) return position;
  return (
    <TenantLink to="/log" search={search}>
      {position}
    </TenantLink>
  );
}
