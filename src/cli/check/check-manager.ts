import type { ManagerFacts, ManagerMember, NodeFacts } from '../../domain/facts.js';
import type { Plan } from '../../domain/plan.js';
import type { ManagerAccess } from '../../ports/cluster.js';
import { lossItems, timingItems, watchdogItems } from './check-manager-rules.js';
import type { WatchdogMode } from './check-manager-rules.js';
import { fail, ok, warn } from './item.js';
import type { CheckItem } from './item.js';

/** What the manager’s word is held against. */
export interface ManagerSubject {
  readonly nodes: readonly NodeFacts[];
  readonly access: readonly ManagerAccess[];
  /** As declared in the configuration: Patroni’s API does not tell its mode. */
  readonly watchdog: WatchdogMode;
  /** How long the adapter waits for the answer to a request to act. */
  readonly requestTimeoutMs?: number;
}

/** What the HA manager says of itself, judged for readiness. Pure. */
export function checkManager(plan: Plan, manager: ManagerFacts, subject: ManagerSubject): readonly CheckItem[] {
  const members = manager.members ?? [];
  return [
    ...members.map(memberItem),
    ...members.flatMap(memberWarnings),
    ...stateItems(manager),
    ...leaderItems(manager, subject.nodes),
    ...sameSystem(members, subject.nodes),
    ...sameVersion(members),
    ...candidateItems(plan, members),
    ...subject.access.flatMap(accessItems),
    ...watchdogItems(members, subject.watchdog),
    ...(manager.rules === undefined
      ? [warn('manager rules', 'no member tells ttl, loop_wait and retry_timeout', 'Look why GET /config is not answered.')]
      : [...timingItems(plan, manager.rules, subject.requestTimeoutMs), ...lossItems(manager.rules)]),
  ];
}

function memberItem(member: ManagerMember): CheckItem {
  const area = `manager ${member.node}`;
  if (!member.answered) {
    const kind = member.failure?.kind ?? 'other';
    const next =
      kind === 'tls'
        ? 'Issue a certificate for its own address from the configured CA (cluster.patroni.tls).'
        : 'Check the REST address of this node (cluster.patroni.members), its service and the network; a node whose agent is silent is never promoted.';
    return fail(area, `${kind}: ${member.failure?.text ?? 'no answer'}`, next);
  }
  const words = [
    member.role ?? 'no role',
    member.state ?? 'no state',
    ...(member.version === undefined ? [] : [`version ${member.version}`]),
  ];
  if (member.seesDcs === false)
    return fail(
      area,
      `${words.join(', ')}; it cannot list the cluster`,
      'Its way to the consensus store is cut: without it this node is demoted.',
    );
  return member.state === 'running'
    ? ok(area, words.join(', '))
    : warn(area, words.join(', '), 'Its PostgreSQL does not run; it could not take over.');
}

function memberWarnings(member: ManagerMember): readonly CheckItem[] {
  const area = `manager ${member.node}`;
  return [
    ...(member.pendingRestart === true
      ? [warn(area, 'a restart is pending: settings are not in force yet', 'Restart it in a quiet hour (`patronictl restart`).')]
      : []),
    ...(member.failsafeActive === true
      ? [fail(area, 'failsafe mode is active: the consensus store is out of reach now', 'Mend the consensus store.')]
      : []),
  ];
}

function stateItems(manager: ManagerFacts): readonly CheckItem[] {
  const planned = manager.scheduledSwitchover;
  return [
    ...(manager.dcsLost
      ? [fail('consensus store', 'no member reaches it: nothing can be promoted, and the primary demotes itself', 'Mend it first.')]
      : []),
    ...(manager.paused
      ? [
          warn(
            'manager pause',
            'paused: nothing is promoted by itself when a host is lost, only by a request',
            'Whoever paused it must lift it (`patronictl resume`); Holdfast never does.',
          ),
        ]
      : []),
    ...(planned === undefined
      ? []
      : [
          warn(
            'manager switchover',
            `planned for ${planned.at}, from ${planned.from ?? 'the leader'} to ${planned.to ?? 'any replica'}`,
            'The store will be without a primary for seconds then; cancel it if nobody knows of it.',
          ),
        ]),
  ];
}

function leaderItems(manager: ManagerFacts, nodes: readonly NodeFacts[]): readonly CheckItem[] {
  if (!manager.answered) return [];
  const writable = nodes.filter((node) => node.answer?.inRecovery === false).map((node) => node.node);
  const { leader, leaderSource } = manager;
  if (leader === undefined)
    return [fail('manager leader', 'nobody holds the lock', 'An election is due, or there is no good candidate: look at the members.')];
  if (!nodes.some((node) => node.node === leader))
    return [
      fail('manager leader', `${leader} leads and is no configured node`, 'Add it to cluster.nodes, or its name to cluster.patroni.names.'),
    ];
  if (!writable.includes(leader))
    return [
      fail(
        'manager leader',
        `${leader} by the manager’s word; by SQL ${writable.length === 0 ? 'no node' : writable.join(' and ')} is out of recovery`,
        'Look again in half a minute; if they still differ, look at that node.',
      ),
    ];
  return leaderSource === 'confirmed'
    ? [ok('manager leader', `${leader}, by its own word, by the list and by SQL`)]
    : [warn('manager leader', `${leader} by the list (${leaderSource}); its agent does not confirm it`, 'Look at the agent on that node.')];
}

function sameSystem(members: readonly ManagerMember[], nodes: readonly NodeFacts[]): readonly CheckItem[] {
  return members.flatMap(({ node, systemIdentifier }) => {
    const bySql = nodes.find((facts) => facts.node === node)?.answer?.systemIdentifier;
    return systemIdentifier === undefined || bySql === undefined || systemIdentifier === bySql
      ? []
      : [
          fail(
            `manager ${node}`,
            `its agent manages system ${systemIdentifier}, the database under the node’s address is ${bySql}`,
            'The REST address belongs to another server: correct cluster.patroni.members.',
          ),
        ];
  });
}

function sameVersion(members: readonly ManagerMember[]): readonly CheckItem[] {
  const versions = [...new Set(members.flatMap((member) => member.version ?? []))];
  return versions.length <= 1
    ? []
    : [warn('manager versions', versions.join(', '), 'Bring every node to one version; answers and rules differ between them.')];
}

function candidateItems(plan: Plan, members: readonly ManagerMember[]): readonly CheckItem[] {
  const barred = members.filter((member) => member.neverLeads === true).map((member) => member.node);
  const wanted = plan.nodes.filter((node) => node.candidate && barred.includes(node.name)).map((node) => node.name);
  const unwanted = plan.nodes.filter(
    (node) => !node.candidate && members.some((member) => member.node === node.name && member.neverLeads !== true),
  );
  const able = plan.nodes.filter((node) => node.candidate && !barred.includes(node.name));
  return [
    ...(wanted.length === 0
      ? []
      : [
          warn(
            'manager tags',
            `${wanted.join(', ')} never leads by its tags, and is a candidate here`,
            'Take the tag away, or say `candidate: false`.',
          ),
        ]),
    ...unwanted.map((node) =>
      warn(
        'manager tags',
        `${node.name} has candidate: false here, and the manager may promote it`,
        'Give it the tag nofailover: Holdfast does not keep the manager from it.',
      ),
    ),
    ...(able.length < 2 ? [fail('manager tags', `${able.length} nodes may lead; a failover needs 2`, 'See tags and `candidate`.')] : []),
  ];
}

function accessItems(access: ManagerAccess): readonly CheckItem[] {
  const area = `manager access ${access.node}`;
  const own = {
    accepted: ok(area, 'takes our login for requests to act (tried with one that does nothing)'),
    refused: fail(
      area,
      `refuses our login: ${access.detail}`,
      'Check cluster.patroni.username and password, its allowlist and client certificate.',
    ),
    unknown: fail(
      area,
      `did not say whether it takes our login: ${access.detail}`,
      'Check its REST address; it would have to be asked in an incident.',
    ),
  } as const;
  return [
    own[access.own],
    ...(access.openToAll === 'yes'
      ? [warn(area, 'takes requests to act from anybody who reaches it', 'Set restapi.authentication, and TLS, in patroni.yml.')]
      : []),
    ...(access.encrypted || access.openToAll === 'yes'
      ? []
      : [warn(area, 'our login travels unencrypted', 'Give the REST API a certificate and set cluster.patroni.tls.')]),
  ];
}
