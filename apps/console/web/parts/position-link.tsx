import { TenantLink } from './tenant-link';

const POSITION = /^(?<topic>[^/]+)\/(?<partition>\d+)@(?<offset>\d+)$/;

/** Leads to a record of the log by its position, `<topic>/<partition>@<offset>`. */
export function PositionLink({ position }: { readonly position: string }) {
  const { topic, partition, offset } = POSITION.exec(position)?.groups ?? {};
  if (topic === undefined) return position;
  return (
    <TenantLink to="/log" search={{ topic, partition, offset, record: offset }}>
      {position}
    </TenantLink>
  );
}
