import { describe, expect, test } from 'vitest';
import { renderCard } from '../../../src/domain/card.js';
import { DEFAULT_GATE_POLICIES } from '../../../src/domain/gate-policy.js';
import { CARD_AT_MS, cardOfLostPrimary as base, provenPause as proven } from '../../support/build-card.js';

describe('the card', () => {
  test('of a lost primary', () => {
    expect(renderCard(base)).toMatchInlineSnapshot(`
      "# payments: gate promote waits for people

      Evidence code **7K3M9QZ2AB**
      Answer before **2026-11-23 03:17:11 UTC**, 15 min after this card was written.
      Run \`failover:geosync\`

      **Broken:** node-a refused the connection 3 times (ECONNREFUSED); no instance reports its store operational.

      **Trading:** LIVE. This run has not stopped it.

      **The switch:**

      - node-a: no answer
      - node-b (replica, at 0/3000148): disengaged
      - last snapshot, 40 s ago: disengaged

      **Nobody can know:** What happened to the switch from 03:01:20Z to 03:02:00Z.

      **Possible loss:** At least 0 bytes, and anything after 03:01:20Z.

      **Fence:** node-a is stopped and disabled on its host (class H).

      **Whose yes is missing:** Nobody has answered. Needed: 1 person, with one of role on-call (alice, carol).

      ## Answers

      A yes counts only when it is signed with a pinned key: the CLI line with \`--key\`. Pasted JSON without a signature does not count as yes.

      ### approve (needs 1 person or more, see above)
      Promotes the named node. It cannot be undone; what the old primary had not sent is lost.

      Terminal:
      \`\`\`
      holdfast approve payments --gate promote --option approve --code 7K3M9QZ2AB --key <your key file>
      \`\`\`
      Signal \`decide\` (does not count as yes without a signature):
      \`\`\`
      {"schema":1,"gate":"promote","option":"approve","code":"7K3M9QZ2AB","by":"<your id>"}
      \`\`\`

      ### reject (safe: one listed person, no code, no signature)
      Promotes nothing. Trading is made to stand still and the manual continuation is handed over.

      Terminal:
      \`\`\`
      holdfast approve payments --gate promote --option reject --as <your id>
      \`\`\`
      Signal \`decide\`:
      \`\`\`
      {"schema":1,"gate":"promote","option":"reject","by":"<your id>"}
      \`\`\`

      **On silence:** operations is called at half time. At **2026-11-23 03:17:11 UTC** \`reject\` is taken and risk is paged. Promotes nothing. Trading is made to stand still and the manual continuation is handed over.

      **When unsure:** choose \`reject\`. It is safe, one listed person is enough, at any time. To stop trading at once: \`holdfast trading pause payments\`.

      **Evidence** (what the decision is bound to)

      - Candidate: node-b
      - Possible loss: 0 bytes (void above 4096)
      - Clock of node-b: 12 ms (for information)
      "
    `);
  });

  test('of a resume after a reopening, with decisions', () => {
    const decision = {
      n: 1,
      atMs: CARD_AT_MS,
      option: 'resume',
      code: 'AAAAAAAAAA',
      reason: '',
      attestation: 'signed',
      problem: '',
    } as const;
    expect(
      renderCard({
        ...base,
        policy: DEFAULT_GATE_POLICIES.resume,
        opening: 2,
        hash: 'c0ffee',
        pause: proven,
        restingOrders: 'left',
        broken: 'Nothing: node-b serves and all 3 instances are verified on it.',
        tally: {
          people: ['alice'],
          missing: 'alice said resume; missing: one of role risk (bob, carol).',
          decisions: [
            {
              ...decision,
              person: 'bob',
              counted: false,
              why: 'It is bound to the evidence code AAAAAAAAAA; the card now shows 7K3M9QZ2AB.',
            },
            { ...decision, n: 2, person: 'alice', code: '7K3M9QZ2AB', counted: true, why: 'Counts for resume.' },
          ],
        },
      }),
    ).toMatchInlineSnapshot(`
      "# payments: gate resume waits for people

      Evidence code **7K3M9QZ2AB** · opening 2, earlier codes are void
      Answer before **2026-11-23 03:17:11 UTC**, 15 min after this card was written.
      Run \`failover:geosync\`, evidence hash \`c0ffee\`

      **Broken:** Nothing: node-b serves and all 3 instances are verified on it.

      **Trading:** PAUSED, proven since 2026-11-23 03:01:13 UTC. The platform reports 0 running strategies. Resting orders: left.

      **The switch:**

      - node-a: no answer
      - node-b (replica, at 0/3000148): disengaged
      - last snapshot, 40 s ago: disengaged

      **Nobody can know:** What happened to the switch from 03:01:20Z to 03:02:00Z.

      **Possible loss:** At least 0 bytes, and anything after 03:01:20Z.

      **Fence:** node-a is stopped and disabled on its host (class H).

      **Whose yes is missing:** alice said resume; missing: one of role risk (bob, carol).

      ## Answers

      A yes counts only when it is signed with a pinned key: the CLI line with \`--key\`. Pasted JSON without a signature does not count as yes.

      ### resume (needs 2 people or more, see above)
      Lifts the pause that this run made. Automated trading starts again.

      Terminal:
      \`\`\`
      holdfast approve payments --gate resume --option resume --code 7K3M9QZ2AB --key <your key file>
      \`\`\`
      Signal \`decide\` (does not count as yes without a signature):
      \`\`\`
      {"schema":1,"gate":"resume","option":"resume","code":"7K3M9QZ2AB","by":"<your id>"}
      \`\`\`

      ### keep-paused (safe: one listed person, no code, no signature)
      Leaves trading paused. Whoever lifts it later does so by hand.

      Terminal:
      \`\`\`
      holdfast approve payments --gate resume --option keep-paused --as <your id>
      \`\`\`
      Signal \`decide\`:
      \`\`\`
      {"schema":1,"gate":"resume","option":"keep-paused","by":"<your id>"}
      \`\`\`

      **On silence:** operations is called at half time. At **2026-11-23 03:17:11 UTC** \`keep-paused\` is taken and risk is paged. Leaves trading paused. Whoever lifts it later does so by hand.

      **When unsure:** choose \`keep-paused\`. It is safe, one listed person is enough, at any time. To stop trading at once: \`holdfast trading pause payments\`.

      **Evidence** (what the decision is bound to)

      - Candidate: node-b
      - Possible loss: 0 bytes (void above 4096)
      - Clock of node-b: 12 ms (for information)

      **Ignored decisions**

      - no. 1, bob: resume. It is bound to the evidence code AAAAAAAAAA; the card now shows 7K3M9QZ2AB.
      "
    `);
  });

  test('of an exercise whose policy accepts typed names', () => {
    const policy = { ...DEFAULT_GATE_POLICIES.promote, attestation: 'declared' } as const;
    const card = renderCard({ ...base, mode: 'exercise', policy, extraPeople: ['it is not known who started the run'] });
    expect(card.split('\n').filter((line) => /^#|declared|missing/.test(line))).toMatchInlineSnapshot(`
      [
        "# EXERCISE payments: gate promote waits for people",
        "**Whose yes is missing:** Nobody has answered. Needed: 2 different people, with one of role on-call (alice, carol); more than usual because it is not known who started the run.",
        "## Answers",
        "**This store accepts typed names (declared).** Its policy says so. Nothing proves who answered: whoever can reach this run can answer as anybody.",
        "### approve (needs 1 person or more, see above)",
        "### reject (safe: one listed person, no code, no signature)",
      ]
    `);
  });

  test('of a store that cannot be stopped and knows little', () => {
    const card = renderCard({
      ...base,
      policy: DEFAULT_GATE_POLICIES.inconclusive,
      armed: false,
      fields: [],
      pause: { state: 'unable', because: 'x', detail: 'no pause is configured' },
      truth: [],
      unknownWindow: undefined,
      loss: undefined,
      fence: '',
      manualKill: '',
    });
    expect(card.split('## Answers')[0]).toMatchInlineSnapshot(`
      "# payments: gate inconclusive waits for people

      Evidence code **7K3M9QZ2AB**
      Answer before **2026-11-23 03:17:11 UTC**, 15 min after this card was written.
      Run \`failover:geosync\`

      **Broken:** node-a refused the connection 3 times (ECONNREFUSED); no instance reports its store operational.

      **Trading:** TREAT AS LIVE. This store has no way to stop it through Holdfast. By hand: no manual kill is configured; call the trading desk.

      **The switch:**

      - nobody could read it

      **Nobody can know:** No unknown window is stated.

      **Possible loss:** Unknown.

      **Fence:** No old primary is fenced.

      **Whose yes is missing:** Nobody has answered. Needed: 1 person, with one of role on-call (alice, carol).

      "
    `);
    expect(card).toContain('**This store is disarmed.**');
  });
});
