/** The alert of a lab: as it enters a run, and as Alertmanager posts it. */
import type { Alert } from '../../domain/contract.js';

/** The alert of a lab. */
export function labAlert(): Alert {
  return {
    source: 'lab',
    fingerprint: `lab-${Date.now()}`,
    status: 'firing',
    startsAtMs: Date.now(),
    title: 'KillSwitchStoreDown',
    forMs: 0,
  };
}

/** Posts the alert to the gateway as Alertmanager would. `overrides` replace fields of the body. */
export async function postAlert(
  gatewayUrl: string,
  token: string,
  cluster: string,
  overrides: Readonly<Record<string, unknown>>,
): Promise<Response> {
  const labels = { alertname: 'KillSwitchStoreDown', cluster, severity: 'critical' };
  const body = {
    version: '4',
    groupKey: '{}/{severity="critical"}:{alertname="KillSwitchStoreDown"}',
    truncatedAlerts: 0,
    status: 'firing',
    receiver: 'holdfast',
    groupLabels: { alertname: 'KillSwitchStoreDown' },
    commonLabels: labels,
    commonAnnotations: {},
    externalURL: 'http://alertmanager.lab.test',
    alerts: [
      {
        status: 'firing',
        labels,
        annotations: { summary: 'The kill-switch store does not answer' },
        startsAt: new Date().toISOString(),
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL: 'http://prometheus.lab.test',
        fingerprint: 'c6eadffa33fcdf37',
      },
    ],
    ...overrides,
  };
  return fetch(`${gatewayUrl}/alerts/alertmanager`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
}
