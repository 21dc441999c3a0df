import { gatesOf } from '../../config/gates.js';
import { planProblems } from '../../config/plan-problems.js';
import { storeOf } from '../../config/resolve-plan.js';
import type { Config } from '../../config/schema.js';
import { fail, ok, warn } from './item.js';
import type { CheckItem } from './item.js';

/** What the configuration alone says about a store: would an incident’s plan be made, and what is only declared or absent. */
export function checkPlan(config: Config, storeName: string): readonly CheckItem[] {
  const store = storeOf(config, storeName);
  const mode = store.environment === 'exercise' ? 'exercise' : 'incident';
  const problems = planProblems({ config, storeName, store, mode, gates: gatesOf(config), starterUnknown: false });
  const pauseable = !('none' in store.tradingPause);
  const absent: readonly (readonly [missing: boolean, item: CheckItem])[] = [
    [
      config.policy.acceptDeclared,
      warn(
        'attestation',
        'policy.acceptDeclared: typed names count at every gate',
        'Pin keys under `people` and set it to false before production.',
      ),
    ],
    [
      !pauseable,
      warn(
        'trading pause',
        'none: Holdfast cannot pause trading and no card will say that it is paused',
        'Configure tradingPause.http or tradingPause.exec.',
      ),
    ],
    ['none' in store.fence, warn('fence', 'none: every failover will wait at the gate `unfenced` for two people', 'Configure fence.exec.')],
    [store.notify.length === 0, warn('notify', 'nobody is told', 'Add a webhook under `notify`.')],
    [
      store.freshnessKeeper === '',
      warn(
        'freshness',
        'nothing says who keeps the row fresh; instances quarantine on a stale row',
        'Say so in `freshnessKeeper`, or make the application refresh the row.',
      ),
    ],
    [
      config.worker.deadMan === '',
      warn(
        'dead-man',
        'nothing ends trading when Temporal and all workers are down (S11)',
        'Make the application fail closed, and say so in `worker.deadMan`.',
      ),
    ],
    [
      !config.alerts.some((alert) => alert.store === storeName),
      warn('alerts', 'no alert starts a run of this store', 'Add a mapping under `alerts`.'),
    ],
  ];
  const incident =
    problems.length === 0
      ? [ok('plan', `a plan of mode ${mode} can be made`)]
      : problems.map(({ rule, detail }) => fail('plan', `rule ${rule}: ${detail}`, 'Correct the configuration as the rule says.'));
  return [...incident, ...absent.filter(([missing]) => missing).map(([, item]) => item)];
}
