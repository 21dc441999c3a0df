/** Effects on the application: stop, point, start, verify. All repeatable or guarded. */
import { HoldfastError } from '../domain/errors.js';
import { instanceProof, type InstanceEvidence, type InstanceProof } from '../domain/instance-proof.js';
import type { Row } from '../domain/facts.js';
import type { ConfigFacts } from '../domain/facts.js';
import type { InstanceState } from '../ports/workload.js';
import type { ActivityDeps } from './deps.js';
import { collectProof, type ProofInput } from './proof.js';
import { withKey, type ActivityScope } from './scope.js';

export interface StopInput {
  readonly store: string;
  readonly instances: readonly string[];
  readonly graceMs: number;
  readonly limitMs: number;
  readonly everyMs: number;
  readonly key: string;
}

export interface StopResult {
  /** As read from the platform at the end: each one stopped, or the call fails. */
  readonly states: readonly InstanceState[];
  /** Incarnations seen before the stop, by instance: none of these may be alive later. */
  readonly before: Readonly<Record<string, string>>;
  readonly killed: readonly string[];
}

export interface PointInput {
  readonly store: string;
  readonly target: { readonly host: string; readonly port: number };
  readonly key: string;
}

export interface VerifyInput extends ProofInput {
  /** Names of the instances that are to be proven; all of the plan's others are only listed. */
  readonly instances: readonly string[];
  readonly before: Readonly<Record<string, string>>;
  readonly consecutive: number;
  readonly everyMs: number;
  readonly budgetMs: number;
}

export interface Verified {
  readonly proofs: readonly InstanceProof[];
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
      const list = async (): Promise<readonly InstanceState[]> =>
        (await workload.list(scope)).filter((s) => input.instances.includes(s.instance));
      const effect = withKey(scope, input.key);
      const first = await list();
      const before = Object.fromEntries(first.flatMap((s) => (s.incarnation === undefined ? [] : [[s.instance, s.incarnation]])));
      await Promise.all(input.instances.map((name) => workload.stop(name, effect)));
      const startedAtMs = scope.now();
      const killed = new Set<string>();
      for (;;) {
        const states = await list();
        const left = states.filter((s) => s.state !== 'stopped');
        if (left.length === 0) return { states, before, killed: [...killed] };
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

    async startInstances(
      input: { readonly store: string; readonly instances: readonly string[]; readonly key: string },
      scope: ActivityScope,
    ): Promise<readonly InstanceState[]> {
      const { workload } = deps.portsFor(input.store);
      await Promise.all(input.instances.map((name) => workload.start(name, withKey(scope, input.key))));
      return (await workload.list(scope)).filter((s) => input.instances.includes(s.instance));
    },

    /**
     * Looks until every named instance is proven (design step 5) or the retry budget is over; returns the last proofs either way.
     * The admin API is asked only when everything else of that instance holds, and once more at most.
     */
    async verifyInstances(input: VerifyInput, scope: ActivityScope): Promise<Verified> {
      const ports = deps.portsFor(input.plan.store);
      const endMs = scope.now() + input.budgetMs;
      const inARow = new Map<string, number>();
      const admin = new Map<string, InstanceEvidence>();
      const askedTimes = new Map<string, number>();
      let almost = new Set<string>();
      for (let looks = 1; ; looks += 1) {
        const ask = (name: string): boolean => almost.has(name) && !admin.has(name) && (askedTimes.get(name) ?? 0) < 2;
        const asking = new Set(input.instances.filter(ask));
        const proof = await collectProof(ports, input, scope, (name) => asking.has(name));
        for (const name of asking) askedTimes.set(name, (askedTimes.get(name) ?? 0) + 1);
        const proofs = input.instances.flatMap((name) => {
          const seen = proof.instances.find((i) => i.instance === name);
          if (seen === undefined) return [];
          if (seen.admin !== undefined) admin.set(name, seen);
          const remembered = admin.get(name);
          const evidence = remembered?.admin === undefined ? seen : { ...seen, admin: remembered.admin };
          const result = instanceProof(evidence, {
            target: input.target.name,
            row: input.expected,
            consecutive: input.consecutive,
            inARow: (inARow.get(name) ?? 0) + 1,
            before: input.before[name],
          });
          inARow.set(name, result.operational ? (inARow.get(name) ?? 0) + 1 : 0);
          return [result];
        });
        almost = new Set(proofs.filter((p) => p.onlyAdminMissing).map((p) => p.instance));
        if (proofs.every((p) => p.proven) || scope.now() >= endMs) return { proofs, row: input.expected, looks };
        scope.heartbeat();
        await scope.sleep(input.everyMs);
      }
    },
  };
}
