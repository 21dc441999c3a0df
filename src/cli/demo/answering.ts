/** Answers the gates of a run: as the people of the lab by themselves, or as somebody at the keyboard says. */
import { gatesOf } from '../../config/gates.js';
import type { GateName } from '../../domain/gate.js';
import type { RunFacts } from '../../domain/run-facts.js';
import type { Answers, View } from './events.js';
import { gateCard, signersFor, type GateCard } from './gate-card.js';
import type { AnyStage } from './stage-types.js';
import type { Keys, Terminal } from './terminal.js';

/** Gates that `--yes` says yes to. At any other the safe answer is given: something is not as the demo expects. */
const EXPECTED: readonly string[] = ['promote', 'accept', 'reaffirm', 'resume'] satisfies readonly GateName[];

/** Tries of one answer that is refused, say because the card changed between reading and signing. */
const TRIES = 5;

/** Looks at the run and does what is to be done about its gates. */
export interface Answering {
  /** Shows the gates that were answered since the last look. */
  showClosed(facts: RunFacts): void;
  /** Called at every look. Returns quickly when nothing is to be done. */
  consider(facts: RunFacts): Promise<void>;
  close(): void;
}

/** Makes the answering for one run. */
export function createAnswering(stage: AnyStage, answers: Answers, view: View, terminal: Terminal): Answering {
  const policies = gatesOf(stage.config);
  let card: GateCard | undefined;
  let whole = '';
  let said: string[] = [];
  let refused = 0;
  let keys: Keys | undefined;
  let closedGates = 0;

  const close = (): void => {
    keys?.close();
    keys = undefined;
  };
  const ask = (): void => {
    const person = card?.signers.find((id) => !said.includes(id));
    if (card !== undefined && person !== undefined) view.show({ event: 'asked', person, option: card.yes.option, answers });
  };
  const say = async (person: string, option: string): Promise<void> => {
    try {
      await stage.decide(person, option);
      said = [...said, person];
      view.show({ event: 'answer', person, option, how: 'signed' });
    } catch (error) {
      refused += 1;
      const why = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      view.show({ event: 'not-counted', why });
      if (refused >= TRIES) throw error;
    }
  };

  const open = (facts: RunFacts): void => {
    const waiting = facts.open;
    if (waiting === undefined || waiting.opened.code === card?.code) return;
    const policy = policies[waiting.opened.gate as GateName];
    card = gateCard(waiting.opened, policy, waiting.deadlineMs, signersFor(policy, stage.people));
    whole = waiting.opened.card;
    said = [];
    view.show({ event: 'gate', card, answers, whole });
    if (answers === 'yes') return;
    if (terminal.hasKeys) keys ??= terminal.keys();
    ask();
  };

  const pressed = async (gate: GateCard): Promise<void> => {
    const key = keys?.take()?.toLowerCase();
    const person = gate.signers.find((id) => !said.includes(id)) ?? gate.signers[0] ?? '';
    if (key === 'c') view.show({ event: 'whole-card', text: whole });
    if (key === 'y') await say(person, gate.yes.option);
    if (key === 'n') await say(person, gate.no.option);
    if (key !== undefined) ask();
  };

  return {
    showClosed(facts) {
      const closed = facts.gates.filter((gate) => gate.option !== undefined);
      for (const gate of closed.slice(closedGates)) {
        view.show({
          event: 'gate-closed',
          gate: gate.gate,
          option: gate.option ?? '',
          people: gate.people,
          waitedMs: (gate.closedAtMs ?? gate.openedAtMs) - gate.openedAtMs,
        });
      }
      closedGates = closed.length;
    },
    async consider(facts) {
      if (facts.open === undefined) {
        card = undefined;
        close();
        return;
      }
      open(facts);
      if (card === undefined) return;
      if (answers !== 'yes') return pressed(card);
      const option = EXPECTED.includes(card.gate) ? card.yes.option : card.no.option;
      const person = card.signers.find((id) => !said.includes(id));
      if (person !== undefined) await say(person, option);
    },
    close,
  };
}
