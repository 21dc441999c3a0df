import { HoldfastError } from '../../domain/errors.js';
import type { InstanceState, WorkloadPort } from '../../ports/workload.js';
import type { CallScope, ReadScope } from '../../ports/scope.js';
import { requireEffect } from '../shared/command-effect.js';
import { showable } from '../shared/redact.js';
import { runCommand } from '../shared/run-command.js';

/** The commands of one instance, each a list of words. */
export interface ExecInstance {
  readonly name: string;
  readonly start: readonly string[];
  /** Asks it to end (SIGTERM). May return before it is gone. */
  readonly stop: readonly string[];
  /** Ends an instance that ignored `stop`. Without it `kill` is refused. */
  readonly kill?: readonly string[];
  /** systemd's convention: exit 0 running, 3 stopped, anything else unknown. */
  readonly status: readonly string[];
}

/** Options of {@link createExecWorkload}. */
export interface ExecWorkloadOptions {
  readonly instances: readonly ExecInstance[];
  readonly timeoutMs: number;
}

/** `incarnation=` (a start time, a unit's invocation id) is stronger than a pid, which the system may give out again. */
const INCARNATION = /\bincarnation=(\S+)/;
const PID = /\bpid=(\d+)/i;

/**
 * Instances run by whatever the commands speak to: systemd, a supervisor, a remote shell. Every effect reads the state first, so that what
 * somebody already did is found done and a command is never given to an instance that does not need it.
 */
export function createExecWorkload(options: ExecWorkloadOptions): WorkloadPort {
  const { instances, timeoutMs } = options;

  const find = (name: string): ExecInstance => {
    const instance = instances.find((candidate) => candidate.name === name);
    if (instance !== undefined) return instance;
    throw new HoldfastError('HF_COMMAND_FAILED', `No instance ${name} is configured.`, {
      target: name,
      rule: 'only configured instances are touched',
    });
  };

  const state = async (instance: ExecInstance, scope: ReadScope): Promise<InstanceState> => {
    const outcome = await runCommand(instance.status, { timeoutMs, signal: scope.signal });
    if (outcome.state !== 'exited') return { instance: instance.name, state: 'unknown', detail: `status: ${outcome.detail}` };
    const detail = showable(`${outcome.stdout}\n${outcome.stderr}`) || `status exited ${outcome.exitCode}`;
    if (outcome.exitCode === 3) return { instance: instance.name, state: 'stopped', detail };
    if (outcome.exitCode !== 0)
      return { instance: instance.name, state: 'unknown', detail: `status exited ${outcome.exitCode}: ${detail}` };
    const incarnation = INCARNATION.exec(outcome.stdout)?.[1] ?? PID.exec(outcome.stdout)?.[1];
    return { instance: instance.name, state: 'running', detail, ...(incarnation !== undefined && { incarnation }) };
  };

  const act = async (name: string, verb: 'start' | 'stop' | 'kill', scope: CallScope) => {
    const instance = find(name);
    const wanted = verb === 'start' ? 'running' : 'stopped';
    const before = await state(instance, scope);
    if (before.state === wanted) return { state: 'found-done', detail: before.detail } as const;
    const argv = instance[verb];
    if (argv === undefined) {
      throw new HoldfastError('HF_COMMAND_FAILED', `No ${verb} command is configured for instance ${name}.`, { target: name, verb });
    }
    const outcome = await runCommand(argv, { timeoutMs, signal: scope.signal });
    return { state: 'done', detail: requireEffect(outcome, { verb, target: `instance ${name}` }, 'HF_COMMAND_FAILED') } as const;
  };

  return {
    kind: 'exec',
    rolls: false,
    list: (scope) => Promise.all(instances.map((instance) => state(instance, scope))),
    strength: async () => ({ count: instances.length, detail: `${instances.length} instances are configured` }),
    scale: async (count, scope) => {
      // All are asked before a refusal is passed on: one that says no must not keep the others from hearing it.
      const asked = await Promise.allSettled(instances.map(({ name }, index) => act(name, index < count ? 'start' : 'stop', scope)));
      const refused = asked.find((outcome) => outcome.status === 'rejected');
      if (refused !== undefined) throw refused.reason;
      const changed = asked.flatMap((outcome) =>
        outcome.status === 'fulfilled' && outcome.value.state === 'done' ? [outcome.value.detail] : [],
      );
      return changed.length === 0
        ? { state: 'found-done', detail: `${Math.min(count, instances.length)} of ${instances.length} instances run already` }
        : { state: 'done', detail: changed.join('; ') };
    },
    kill: (instance, scope) => act(instance, 'kill', scope),
    roll: async () => {
      throw new HoldfastError('HF_COMMAND_FAILED', 'Commands for single instances know no rolling restart.', { rule: 'rolls' });
    },
    rollout: async () => ({ state: 'complete', detail: 'commands for single instances know no rolling restart' }),
  };
}
