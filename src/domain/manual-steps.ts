/** The steps of the manual continuation as data: one function a step of the runbook, in its order. */
import { formatDuration } from './duration.js';
import type { ManualContinuationInput } from './manual-input.js';
import { markdownText } from './markdown.js';
import type { PlannedNode } from './plan.js';
import type { StepName } from './run-facts.js';

/** One step to do by hand: what for and what must hold afterwards, then the commands. */
export interface ManualStep {
  readonly title: string;
  readonly text: string;
  readonly commands: readonly string[];
}

const SELECT_ROW = 'SELECT engaged, reason, updated_at, now() FROM kill_switch_state WHERE id = 1;';
const SELECT_LINEAGE =
  'SELECT pg_is_in_recovery(), substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) AS timeline, system_identifier FROM pg_control_system();';
const SELECT_SESSIONS =
  "SELECT application_name, client_addr, client_port, state FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid();";

/** The order of the runbook. `lineage` and `row` are one step by hand, and so are the restarts. */
const ORDER: readonly { readonly covers: readonly StepName[]; readonly step: (input: ManualContinuationInput) => ManualStep }[] = [
  { covers: ['notify'], step: notify },
  { covers: ['pause'], step: pause },
  { covers: ['fence'], step: fence },
  { covers: ['promote'], step: promote },
  { covers: ['lineage', 'row'], step: validate },
  { covers: ['stop-instances'], step: stopInstances },
  { covers: ['point-application'], step: pointApplication },
  { covers: ['canary', 'all-instances'], step: startInstances },
  { covers: ['verify'], step: verify },
  { covers: ['resume'], step: resume },
  { covers: ['after'], step: after },
];

/** The steps that still have to be done. A step that covers several is left out only when all of them are proven done. */
export function remainingSteps(input: ManualContinuationInput): readonly ManualStep[] {
  return ORDER.filter(({ covers }) => !covers.every((name) => input.done.includes(name) && holds(name, input))).map(({ step }) =>
    step(input),
  );
}

/** Whether what a step achieved is still in force: a fence or a pause may be open although its step went by. */
function holds(name: StepName, { unfenced, pause: trading }: ManualContinuationInput): boolean {
  if (name === 'fence') return unfenced.length === 0;
  if (name === 'pause') return trading.state === 'proven' || trading.state === 'lifted';
  return true;
}

function notify(): ManualStep {
  return {
    title: 'Tell people',
    text: 'Tell the on-call engineer, the risk committee and operations what happened and that you go on by hand.',
    commands: [],
  };
}

function pause({ manualKill, commands, pause: is }: ManualContinuationInput): ManualStep {
  const asked =
    is.state === 'asked' || is.state === 'unproven' ? ' Holdfast asked the platform for it, without proof that it happened.' : '';
  return {
    title: 'Stop automated trading and prove it',
    text: `${given(manualKill, 'No manual kill is configured: call the trading desk.')}${asked} Check: the platform itself shows that no order leaves.`,
    commands: listed(commands.pauseTrading),
  };
}

function fence(input: ManualContinuationInput): ManualStep {
  const { commands } = input;
  const old = input.unfenced.length > 0 ? input.unfenced : [input.expectedPrimary];
  return {
    title: `Fence the old primary (${names(old)})`,
    text: 'It must not be able to serve the application again, not even after a reboot: power off, network cut, or service stopped and disabled. A refused connection alone is no fence. Check: read it back.',
    commands: old.flatMap((node) => [
      ...(commands.fence?.[node] === undefined
        ? [`# no command is configured for ${node}: switch it off or cut its network`]
        : [commands.fence[node]]),
      ...listed(commands.readFence?.[node]),
    ]),
  };
}

/** Under an HA manager: look what it did, and ask it rather than the node. */
function promoteManaged(input: ManualContinuationInput, look: readonly string[]): ManualStep {
  const target = targetNode(input);
  const { managerView = [], promote: ask = {} } = input.commands;
  const which = target === undefined ? 'Every node' : markdownText(target.name, 120);
  const lines = (target === undefined ? standbysOf(input) : [target]).flatMap(({ name }) => ask[name] ?? []);
  const text = `${which} is managed: promote it with its own tool, not with pg_promote.`;
  if (lines.length === 0) return { title: 'Promote a replica', text, commands: [...managerView, ...look] };
  return {
    title: 'Promote a replica',
    text: `${text} It may have acted by itself: look first, and when another node is out of recovery, take that one. Ask once, for one node. An answer that the status is unknown is no failure: look again until its lock has run out.`,
    commands: [...managerView, ...look, ...lines, psql(input, target, 'SELECT pg_is_in_recovery();')],
  };
}

function promote(input: ManualContinuationInput): ManualStep {
  const target = targetNode(input);
  const standbys = standbysOf(input);
  const look = standbys.map((node) =>
    psql(input, node, 'SELECT pg_is_in_recovery(), pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn();'),
  );
  const managed = target === undefined ? input.nodes.every((node) => node.managed) : target.managed;
  if (managed) return promoteManaged(input, look);
  return {
    title: 'Promote a replica',
    text: 'First look at the standbys and take the one that received most. Promote once. If it is already out of recovery, somebody did it: do not promote another one.',
    commands: [...look, psql(input, target, 'SELECT pg_promote(true, 60);'), psql(input, target, 'SELECT pg_is_in_recovery();')],
  };
}

function validate(input: ManualContinuationInput): ManualStep {
  const node = targetNode(input);
  return {
    title: 'Validate the promoted node and its row',
    text: `Check: not in recovery, the expected system identifier, the row present and not older than ${formatDuration(input.staleAfterMs)}. If anybody or anything saw the switch engaged and this row says disengaged, engage it before any instance starts. A missing row is restored as engaged.`,
    commands: [psql(input, node, SELECT_LINEAGE), psql(input, node, SELECT_ROW)],
  };
}

function stopInstances({ instances, commands }: ManualContinuationInput): ManualStep {
  return {
    title: 'Stop every application instance and prove it gone',
    text: 'An instance whose database hangs may ignore SIGTERM: kill it after its grace. Check: its process is gone by its platform.',
    commands:
      commands.stopAll ??
      instances.flatMap(({ name }) => [
        ...(commands.stop?.[name] === undefined ? [`# stop ${name}`] : [commands.stop[name]]),
        ...listed(commands.status?.[name]),
      ]),
  };
}

function pointApplication(input: ManualContinuationInput): ManualStep {
  const { config } = input;
  const node = targetNode(input);
  const to = node === undefined ? 'the promoted node' : `host ${node.host} and port ${node.port}`;
  const inside = config.path.length === 0 ? '' : `, at ${config.path.join('.')} inside its document`;
  return {
    title: 'Point the application at the promoted node',
    text: `Edit ${markdownText(`${config.key}${inside}, in ${config.where}`, 400)}: change host and port of the DSN to ${markdownText(to, 200)} and leave every other byte as it is. Check that the TLS files named beside it fit that node.`,
    commands: input.commands.point ?? [],
  };
}

function startInstances({ instances, commands }: ManualContinuationInput): ManualStep {
  const lines = instances.flatMap(({ name }) => [
    ...(commands.start?.[name] === undefined ? [`# start ${name}`] : [commands.start[name]]),
    ...(commands.health?.[name] === undefined ? [] : [`curl -sS -m 5 ${quoted(commands.health[name])}`]),
  ]);
  return {
    title: 'Start one instance, verify it, then the others',
    text: 'Start the next one only when the first is proven (step “Verify”). An engaged switch answers 503 “failed” with its reason: that is correct, not a failed start.',
    commands:
      commands.startFirst === undefined
        ? lines
        : [...commands.startFirst, '# only when the first is verified:', ...(commands.startAll ?? [])],
  };
}

function verify(input: ManualContinuationInput): ManualStep {
  const node = targetNode(input);
  const admin = input.instances.flatMap(({ name }) => {
    const address = input.commands.admin?.[name];
    return address === undefined ? [] : [`curl -sS -m 5 ${quoted(address)}   # with your own admin credentials`];
  });
  return {
    title: 'Verify',
    text: 'Check: every instance has sessions on the promoted node and none on another one; every instance says operational; the admin API and the row agree; no other node accepts writes. Health alone proves nothing: an instance on a fallback store says it is ready. At most four admin calls a minute for each instance.',
    commands: [psql(input, node, SELECT_SESSIONS), psql(input, node, SELECT_ROW), ...admin],
  };
}

function resume({ commands }: ManualContinuationInput): ManualStep {
  return {
    title: 'Resume trading',
    text: 'Only when all checks above hold, the row is disengaged, and two different people (on-call and risk) said so. If the switch is engaged, do not resume.',
    commands: listed(commands.resumeTrading),
  };
}

function after(input: ManualContinuationInput): ManualStep {
  return {
    title: 'Afterwards',
    text: `Keep the old primary fenced until it is rejoined or wiped. Put the row's snapshots and your notes into long-term storage. Tell Holdfast what you did: the signal \`note\` or \`done-by-hand\` on the run of ${markdownText(input.store, 120)}.`,
    commands: [],
  };
}

/** Standbys that may be promoted. */
function standbysOf({ nodes, expectedPrimary }: ManualContinuationInput): readonly PlannedNode[] {
  return nodes.filter((node) => node.name !== expectedPrimary && node.candidate);
}

/** The node to go on with: the one chosen, else the only one there is to choose. */
function targetNode(input: ManualContinuationInput): PlannedNode | undefined {
  const standbys = standbysOf(input);
  return input.nodes.find(({ name }) => name === input.target?.node) ?? (standbys.length === 1 ? standbys[0] : undefined);
}

/** psql on a node; without a node, on the one that the reader promoted. */
function psql({ commands }: ManualContinuationInput, node: PlannedNode | undefined, sql: string): string {
  const rest = commands.connection ?? 'dbname=<database> user=<your role>';
  const where = node === undefined ? 'host=<promoted node> port=<its port>' : `host=${node.host} port=${node.port}`;
  return `psql ${quoted(`${where} connect_timeout=5 ${rest}`)} -c ${quoted(sql)}`;
}

/** One word for a shell. */
function quoted(text: string): string {
  return text.includes("'") ? `"${text.replaceAll(/["\\$`]/g, String.raw`\$&`)}"` : `'${text}'`;
}

function listed(command: string | undefined): readonly string[] {
  return command === undefined ? [] : [command];
}

function names(nodes: readonly string[]): string {
  return markdownText(nodes.join(', '), 200);
}

function given(text: string, otherwise: string): string {
  return text === '' ? otherwise : markdownText(text, 400);
}
