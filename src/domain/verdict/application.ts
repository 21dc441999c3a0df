/** Predicates about the application while the primary is proven: its path, its instances, and the quiet ends of a run. */
import { nodeAt } from '../node-at.js';
import type { InstanceFacts, Row } from '../facts.js';
import { provenRowCheck } from './row.js';
import { listed, type AnsweredNode, type Scene } from './scene.js';

/** How an instance stands to the row of the proven primary. */
type Standing = 'well' | 'engaged' | 'disagrees' | 'quarantined' | 'failing' | 'silent' | 'not-running' | 'not-observed';

interface PlacedInstance {
  readonly instance: string;
  readonly standing: Standing;
}

/** The row, when it was read on the proven primary and breaks no rule for certain. */
function soundRow(scene: Scene): { readonly primary: AnsweredNode; readonly row: Row; readonly certain: boolean } | undefined {
  const { proven } = scene;
  const check = provenRowCheck(scene);
  if (proven === undefined || check === undefined || proven.answer.row.state !== 'present') return undefined;
  if (check.problems.some((each) => !each.code.startsWith('maybe-'))) return undefined;
  return { primary: proven, row: proven.answer.row.row, certain: check.ok };
}

function standingOf(facts: InstanceFacts | undefined, row: Row): Standing {
  if (facts === undefined) return 'not-observed';
  if (facts.running === false) return 'not-running';
  const { health } = facts;
  if (health === undefined) return 'silent';
  if (health.engaged !== undefined && health.engaged !== row.engaged) return 'disagrees';
  if (health.storeOperational === false) return 'failing';
  if (health.engaged === true) return 'engaged';
  if (health.shape === 'error-body' && health.httpStatus >= 500) return 'quarantined';
  return health.ready ? 'well' : 'failing';
}

/** Every planned instance and every further one that was seen, placed. */
function placed(scene: Scene, row: Row): readonly PlacedInstance[] {
  const seen = scene.observation.instances;
  const unseen = scene.context.plan.instances.filter((planned) => !seen.some((facts) => facts.instance === planned.name));
  return [
    ...seen.map((facts) => ({ instance: facts.instance, standing: standingOf(facts, row) })),
    ...unseen.map((planned) => ({ instance: planned.name, standing: standingOf(undefined, row) })),
  ];
}

const isWell = ({ standing }: PlacedInstance): boolean => standing === 'well' || standing === 'engaged';

/**
 * The nodes are well and the application is led elsewhere. A target that is another node of the cluster is wrong even while the
 * instances say that they are well: on an unpromoted standby health and admin GET answer 200, only a write fails. A target that is no
 * node (a name, VIP, proxy, pooler) is wrong only when instances fail and the primary holds none of their sessions.
 */
export function pathFault(scene: Scene): string | undefined {
  const { config } = scene.observation;
  const sound = soundRow(scene);
  const planned = sound?.primary.planned;
  if (sound === undefined || planned === undefined || config === undefined) return undefined;
  const target = `${config.host}:${config.port}`;
  const other = nodeAt(scene.context.plan.nodes, config);
  if (other?.name === planned.name) return undefined;
  if (other !== undefined)
    return `The application is pointed at ${other.name} (${target}), the proven primary is ${planned.name} (${planned.host}:${planned.port}).`;
  const failing = placed(scene, sound.row).filter(
    (each) => each.standing === 'failing' || each.standing === 'quarantined' || each.standing === 'silent',
  );
  if (failing.length === 0 || sound.primary.answer.applicationSessions > 0) return undefined;
  return `${planned.name} is well and holds no session of the application; ${listed(failing.map((each) => each.instance))} cannot use the store through ${target}.`;
}

/** The database and the row are well; instances answer with the body they keep until they are restarted. */
export function instancesQuarantined(scene: Scene): string | undefined {
  const sound = soundRow(scene);
  if (sound === undefined) return undefined;
  const quarantined = placed(scene, sound.row).filter((each) => each.standing === 'quarantined');
  if (quarantined.length === 0) return undefined;
  return `${sound.primary.name} and the row are well; ${listed(quarantined.map((each) => each.instance))} still answer with an error: only a restart heals a quarantined process.`;
}

/** The database and the row are well; instances fail in another way, contradict the row, do not answer or do not run. */
export function applicationOnly(scene: Scene): string | undefined {
  const sound = soundRow(scene);
  if (sound === undefined) return undefined;
  const wrong = placed(scene, sound.row).filter((each) => !isWell(each) && each.standing !== 'quarantined');
  if (wrong.length === 0) return undefined;
  return `${sound.primary.name} and the row are well; ${listed(wrong.map((each) => `${each.instance} (${each.standing})`))}.`;
}

/** Primary, row and instances all well, with this value of the switch. */
function allWell(scene: Scene, engaged: boolean): string | undefined {
  const sound = soundRow(scene);
  if (sound === undefined || !sound.certain || sound.row.engaged !== engaged) return undefined;
  const instances = placed(scene, sound.row);
  if (!instances.every(isWell)) return undefined;
  const { probe } = sound.primary.answer;
  const write = probe.state === 'committed' ? `committed a write at ${probe.lsn}` : 'was not asked to write (rehearsal)';
  return `${sound.primary.name} ${write}, the row is ${engaged ? 'engaged' : 'disengaged'}, and all ${instances.length} instances agree.`;
}

/** The switch is engaged, and that alone is why instances are unready: a correct state, nothing to fail over. */
export function switchEngaged(scene: Scene): string | undefined {
  return allWell(scene, true);
}

/** Everything is well and the switch is disengaged. */
export function healthy(scene: Scene): string | undefined {
  return allWell(scene, false);
}
