import type { Prng } from '../support/prng.js';

/** One answer to one opening of a gate. */
export interface Answer {
  readonly afterMs: number;
  readonly person: string;
  /** `yes`: the gate's first unsafe option, `no`: its first safe one; or an option by its name. */
  readonly option: string;
  /** Which code is copied from a card. */
  readonly code: 'shown' | 'earlier' | 'made-up' | 'none';
  /** `own`: signed with their key. `typed`: a name, nothing else. `forged`: somebody else's name with a signature that does not fit. */
  readonly proof: 'own' | 'typed' | 'forged';
  readonly via: 'signal' | 'update';
}

/** How people behave at each gate; gates that are not listed are met with `others`. */
export interface PeopleScript {
  readonly mood: string;
  readonly byGate: Readonly<Record<string, readonly Answer[]>>;
  readonly others: readonly Answer[];
}

const onCall = ['ana', 'olga'];
const risk = ['raj', 'rita'];

function good(p: Prng, person: string, option = 'yes'): Answer {
  return { afterMs: p.int(500, 12_000), person, option, code: 'shown', proof: 'own', via: p.pick(['signal', 'update'] as const) };
}

function bad(p: Prng): Answer {
  const person = p.pick([...onCall, ...risk, 'mallory']);
  return p.pick<Answer>([
    { ...good(p, person), code: 'made-up' },
    { ...good(p, person), code: 'earlier' },
    { ...good(p, person), code: 'none' },
    { ...good(p, person), proof: 'typed' },
    { ...good(p, person), proof: 'forged' },
    { ...good(p, person), option: 'maybe' },
    good(p, person),
  ]);
}

const twoPeople = (p: Prng, option = 'yes'): readonly Answer[] => [good(p, p.pick(onCall), option), good(p, p.pick(risk), option)];

/** Willing people, unwilling people, people who are asleep, and people who do everything wrong first. */
export function peopleFor(p: Prng): PeopleScript {
  const mood = p.pick(['willing', 'willing', 'willing', 'clumsy', 'clumsy', 'asleep', 'unwilling', 'mixed', 'one-person-alone']);
  const inconclusive: readonly Answer[] = [
    { ...good(p, p.pick(onCall), p.pick(['fail-over', 'send-again', 'recheck', 'close', 'recheck'])), proof: 'own' },
  ];
  const rollout: readonly Answer[] = [good(p, p.pick(onCall), p.pick(['replace-all', 'wait', 'stop', 'replace-all']))];
  const asked = { inconclusive, rollout };
  switch (mood) {
    case 'clumsy':
      return {
        mood,
        byGate: asked,
        others: [...Array.from({ length: p.int(1, 4) }, () => bad(p)), ...twoPeople(p).map((a) => ({ ...a, afterMs: a.afterMs + 12_000 }))],
      };
    case 'asleep':
      return { mood, byGate: {}, others: [] };
    case 'unwilling':
      return {
        mood,
        byGate: { promote: twoPeople(p), inconclusive, resume: twoPeople(p, p.pick(['keep-paused', 'yes'])) },
        others: [good(p, p.pick([...onCall, ...risk]), 'no')],
      };
    case 'mixed':
      return {
        mood,
        byGate: { ...asked, promote: twoPeople(p), accept: twoPeople(p) },
        others: p.chance(0.5) ? twoPeople(p) : [good(p, 'ana'), good(p, 'raj', 'no')],
      };
    case 'one-person-alone':
      return { mood, byGate: asked, others: [good(p, 'olga'), { ...good(p, 'olga'), via: 'signal' }, bad(p)] };
    default:
      return {
        mood,
        byGate: { ...asked, reaffirm: p.chance(0.3) ? [good(p, 'raj', 'engage-instead')] : twoPeople(p) },
        others: twoPeople(p),
      };
  }
}
