import { api } from '../../api/client';
import { Facts } from '../../parts/facts';
import { Identifier } from '../../parts/identifier';
import { ProblemNotice } from '../../parts/problem-notice';
import { StatusBadge } from '../../parts/status-badge';
import { TenantLink } from '../../parts/tenant-link';
import { TimeText } from '../../parts/time-text';
import { pageOfHit } from '../search/page-of-hit';

/** All that is recorded of one act. */
export function ActFacts({ actId }: { readonly actId: string }) {
  const { data: act, error } = api.useQuery('get', '/v1/operations/audit/{actId}', {
    params: { path: { actId } },
  });
  if (error) return <ProblemNotice error={error} />;
  if (!act) return null;
  const { objectKind: kind = '', objectId: id } = act;
  const page = id === undefined ? undefined : pageOfHit({ kind, id, label: '' });
  return (
    <Facts
      items={{
        Act: act.act,
        Outcome: <StatusBadge status={act.outcome} />,
        'Answered with': act.status,
        Actor: <Identifier value={act.actor} label="actor" />,
        'Kind of actor': act.actorKind,
        Tenant: act.tenant ?? 'the whole system',
        'Done to': act.objectKind,
        Object: act.objectId !== undefined && <Identifier value={act.objectId} label="object" />,
        Page: page && (
          <TenantLink to={page.to} search={page.search} tenant={act.tenant} isText>
            The {act.objectKind}
          </TenantLink>
        ),
        Route: act.route,
        From: act.from,
        Request:
          act.requestId !== undefined ? <Identifier value={act.requestId} label="request id" /> : undefined,
        Began: <TimeText at={act.at} />,
        Recorded: <TimeText at={act.recordedAt} />,
        Id: <Identifier value={act.actId} label="act id" />,
      }}
    />
  );
}
