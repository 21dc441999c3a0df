/** Effects on the application: stop, point, start, verify. All repeatable or guarded. */
import { HoldfastError } from '../domain/errors.js';
import { instanceProof, missingInstances, type InstanceProof } from '../domain/instance-proof.js';
import type { Row } from '../domain/facts.js';
import type { AdminReading, ConfigFacts } from '../domain/facts.js';
import type { InstanceState, RolloutState, Strength } from '../ports/workload.js';
import type { ActivityDeps } from './deps.js';
import { collectProof, type ProofInput } from './proof.js';
import { withKey, type ActivityScope } from './scope.js';

export interface StopInput {
  readonly store: string;
  readonly graceMs: number;
  readonly limitMs: number;
  readonly everyMs: number;
  readonly key: string;
}

export interface StopResult {
  /** Incarnations seen before the stop, by instance: none of these may be alive later. */
  readonly before: Readonly<Record<string, string>>;
  readonly killed: readonly string[];
  /** How many instances were asked to end or found ended. */
  readonly count: number;
  /** The full strength, read before anything was stopped. */
  readonly strength: Strength;
}

export interface Rolled {
  readonly rollout: RolloutState;
  readonly strength: Strength;
  /** Incarnations seen before the restart was asked for; empty when it had been asked for already. */
  readonly before: Readonly<Record<string, string>>;
}

/** A rollout is followed in slices, so that the activity heartbeats in between. */
const ROLLOUT_SLICE_MS = 2_000;

const incarnations = (states: readonly InstanceState[]): Readonly<Record<string, string>> =>
  Object.fromEntries(states.flatMap((s) => (s.incarnation === undefined ? [] : [[s.instance, s.incarnation]])));

export interface PointInput {
  readonly store: string;
  readonly target: { readonly host: string; readonly port: number };
  readonly key: string;
}

export interface VerifyInput extends ProofInput {
  /** How many instances must run at least; each one that runs is to be proven. */
  readonly count: number;
  readonly before: Readonly<Record<string, string>>;
  /** Admin answers of the verification right before, by instance: at most four calls a minute are allowed, and these were heard a moment ago. */
  readonly heard?: Readonly<Record<string, AdminReading>>;
  readonly consecutive: number;
  readonly everyMs: number;
  readonly budgetMs: number;
}

export interface Verified {
  /** Fewer instances run than were asked for, in words. */
  readonly missing?: string;
  readonly proofs: readonly InstanceProof[];
  /** What each instance's admin API said. */
  readonly heard: Readonly<Record<string, AdminReading>>;
  readonly row: Row;
  readonly looks: number;
}

export function createApplicationActivities(deps: ActivityDeps) {
  return {
    /**
     * Stops instances and proves them gone: SIGTERM may be ignored, so what is left after the grace is killed.
     * Errors: HF_INSTANCE_STUCK naming what is still there or unknown.
     */
    async stopInstances(input: StopInput, scope: ActivityScope): Promise<StopResult> {
      const { workload } = deps.portsFor(input.store);
      const effect = withKey(scope, input.key);
      const strength = await workload.strength(scope);
      const first = await workload.list(scope);
      const before = incarnations(first);
      await workload.scale(0, effect);
      const startedAtMs = scope.now();
      const killed = new Set<string>();
      for (;;) {
        const states = await workload.list(scope);
        const left = states.filter((s) => s.state !== 'stopped');
        if (left.length === 0) return { before, killed: [...killed], count: first.length, strength };
        const waitedMs = scope.now() - startedAtMs;
        if (waitedMs >= input.limitMs) {
          throw new HoldfastError('HF_INSTANCE_STUCK', left.map((s) => `${s.instance} is ${s.state}: ${s.detail}`).join('; ') + '.', {
            rule: 'stop-limit',
            waitedMs: String(waitedMs),
          });
        }
        if (waitedMs >= input.graceMs) {
          await Promise.all(left.map((s) => (killed.add(s.instance), workload.kill(s.instance, effect))));
        }
        scope.heartbeat();
        await scope.sleep(input.everyMs);
      }
    },

    /** Points the application's DSN at the target: read, compare-and-set, read back. */
    async pointApplication(
      input: PointInput,
      scope: ActivityScope,
    ): Promise<{ readonly found: boolean; readonly was: ConfigFacts; readonly now: ConfigFacts }> {
      const { configSource } = deps.portsFor(input.store);
      const was = await configSource.read(scope);
      const result = await configSource.point(input.target, was.version, withKey(scope, input.key));
      const now = await configSource.read(scope);
      if (now.host !== input.target.host || now.port !== input.target.port) {
        throw new HoldfastError(
          'HF_CONFLICT',
          `The target reads ${now.host}:${now.port} after it was set to ${input.target.host}:${input.target.port}.`,
          { rule: 'read-back' },
        );
      }
      return { found: result.state === 'found-done', was, now };
    },

    /** Restarts one after another and follows it for a while. The key is the restart's identity: asked again, it is the same restart. */
    async rollInstances(
      input: { readonly store: string; readonly limitMs: number; readonly key: string },
      scope: ActivityScope,
    ): Promise<Rolled> {
      const { workload } = deps.portsFor(input.store);
      const strength = await workload.strength(scope);
      const before = incarnations(await workload.list(scope));
      const { state } = await workload.roll(withKey(scope, input.key));
      const endMs = scope.now() + input.limitMs;
      for (;;) {
        scope.heartbeat();
        const rollout = await workload.rollout(Math.min(ROLLOUT_SLICE_MS, Math.max(endMs - scope.now(), 0)), scope);
        // Found done: these are (in part) the new instances already, of which none is to be taken for an old one.
        if (rollout.state !== 'progressing' || scope.now() >= endMs) return { rollout, strength, before: state === 'done' ? before : {} };
      }
    },

    /** Asks for exactly this number of running instances. */
    async startInstances(
      input: { readonly store: string; readonly count: number; readonly key: string },
      scope: ActivityScope,
    ): Promise<{ readonly detail: string }> {
      const { detail } = await deps.portsFor(input.store).workload.scale(input.count, withKey(scope, input.key));
      return { detail };
    },

    /**
     * Looks until as many instances as asked for run and each one that runs is proven (design step 5) or the retry budget is over; returns the last proofs either way.
     * The admin API is asked only when everything else of that instance holds, and once more at most.
     */
    async verifyInstances(input: VerifyInput, scope: ActivityScope): Promise<Verified> {
      const ports = deps.portsFor(input.plan.store);
      const endMs = scope.now() + input.budgetMs;
      const inARow = new Map<string, number>();
      const admin = new Map<string, AdminReading>(Object.entries(input.heard ?? {}));
      const askedTimes = new Map<string, number>();
      let almost = new Set<string>();
      for (let looks = 1; ; looks += 1) {
        const worthAsking = (name: string): boolean => almost.has(name) && !admin.has(name) && (askedTimes.get(name) ?? 0) < 2;
        const proof = await collectProof(ports, input, scope, (name) => {
          if (!worthAsking(name)) return false;
          askedTimes.set(name, (askedTimes.get(name) ?? 0) + 1);
          return true;
        });
        const running = proof.instances.filter((i) => i.state !== 'stopped');
        const proofs = running.map((seen) => {
          const name = seen.instance;
          if (seen.admin !== undefined) admin.set(name, seen.admin);
          const remembered = admin.get(name);
          const evidence = remembered === undefined ? seen : { ...seen, admin: remembered };
          const result = instanceProof(evidence, {
            target: input.target.name,
            row: input.expected,
            consecutive: input.consecutive,
            inARow: (inARow.get(name) ?? 0) + 1,
            before: input.before[name],
          });
          inARow.set(name, result.operational ? (inARow.get(name) ?? 0) + 1 : 0);
          return result;
        });
        almost = new Set(proofs.filter((p) => p.onlyAdminMissing).map((p) => p.instance));
        const missing = missingInstances(proof.instances, input.count);
        const proven = missing === undefined && proofs.every((p) => p.proven);
        if (proven || scope.now() >= endMs)
          return {
            proofs,
            heard: Object.fromEntries(admin),
            ...(missing === undefined ? {} : { missing }),
            row: input.expected,
            looks,
          };
        scope.heartbeat();
        await scope.sleep(input.everyMs);
      }
    },
  };
}
