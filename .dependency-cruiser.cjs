// Who may import whom (CONTRIBUTING.md has the map). Each rule is proved to fire by test/toolchain/import-rules.test.ts.

/** A rule: files matching `from` may import nothing but `may`. */
const onlyImports = (name, comment, from, may) => ({ name, comment, severity: 'error', from, to: { pathNot: may } });
/** A rule: within src/, files matching `from` may import nothing but `may`; packages are free. */
const onlyImportsOfSrc = (name, comment, from, may) => ({ name, comment, severity: 'error', from, to: { path: '^src/', pathNot: may } });
/** A rule: files matching `from` import files matching `to` for their types alone. */
const onlyTypes = (name, comment, from, to) => ({
  name,
  comment,
  severity: 'error',
  from,
  to: { path: to, dependencyTypesNot: ['type-only'] },
});
const never = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

const messages = '^src/workflows/messages(\\.ts$|/)';
const runContext = '^src/workflows/run-context\\.ts$';
const workflows = { path: '^src/workflows/', pathNot: '^src/workflows/(steps/|(run|runbook|inbox)\\.ts$)' };
/** What the simulation runs too: the steps, the runbook that orders them, the run and its inbox. */
const steps = { path: '^src/workflows/(steps/|(run|runbook|inbox)\\.ts$)' };
const temporalPackage = (name) => `(^|/)node_modules/@temporalio/${name}/`;

module.exports = {
  forbidden: [
    never(
      'no-cycle',
      'Files whose code needs each other cannot be understood alone; types alone may.',
      {},
      {
        circular: true,
        viaOnly: { dependencyTypesNot: ['type-only'] },
      },
    ),
    onlyImports(
      'domain-is-pure',
      'The domain runs in the workflow sandbox: no package, no Node module, nothing else of src/.',
      { path: '^src/domain/' },
      ['^src/domain/'],
    ),

    onlyImports('ports-know-domain', 'A port is an interface in the words of the domain.', { path: '^src/ports/' }, [
      '^src/(ports|domain)/',
    ]),
    onlyTypes(
      'ports-import-types',
      'A port has no behaviour: it takes only types from the domain.',
      { path: '^src/ports/' },
      '^src/domain/',
    ),

    onlyImports(
      'workflows-are-deterministic',
      'Workflows see the Temporal workflow library, the domain, and types of activities and ports.',
      workflows,
      ['^src/(workflows|domain|activities|ports)/', temporalPackage('workflow'), temporalPackage('common')],
    ),
    onlyTypes(
      'workflows-import-activity-types',
      'An activity is called through a proxy; importing its code would bundle it.',
      workflows,
      '^src/(activities|ports)/',
    ),

    onlyImports(
      'steps-do-not-know-temporal',
      'A step reaches the world through run-context alone, so that the simulation can run it.',
      steps,
      ['^src/domain/', '^src/workflows/(steps/|(run|inbox)\\.ts$)', runContext, '^src/(activities|ports)/'],
    ),
    onlyTypes(
      'steps-import-types',
      'A step is handed its context; it takes only types from run-context, activities and ports.',
      steps,
      `${runContext}|^src/(activities|ports)/`,
    ),

    onlyImports(
      'activities-know-ports',
      'Activities work through ports: no adapter, no workflow, no client library. They may render the report, which is pure.',
      { path: '^src/activities/' },
      ['^src/(activities|ports|domain|report)/', temporalPackage('activity')],
    ),

    onlyImportsOfSrc(
      'adapters-stand-alone',
      'An adapter knows ports, the domain and its own folder; what two share is in adapters/shared.',
      { path: '^src/adapters/([^/]+)/' },
      ['^src/(ports|domain)/', '^src/adapters/($1|shared)/'],
    ),
    never(
      'only-wiring-picks-adapters',
      'One file chooses adapters from the configuration.',
      { path: '^src/', pathNot: '^src/(adapters/|wiring\\.ts$)' },
      { path: '^src/adapters/' },
    ),

    onlyImportsOfSrc('gateway-is-a-client', 'The gateway speaks to workflows by messages alone.', { path: '^src/gateway/' }, [
      messages,
      '^src/(gateway|domain|config|temporal|report|observability|ports)/',
    ]),
    onlyImportsOfSrc(
      'cli-is-a-client',
      'The CLI speaks to workflows by messages alone; it may start the worker and the gateway.',
      { path: '^src/cli/' },
      [messages, '^src/(cli|gateway|domain|config|temporal|report|observability|ports)/', '^src/(wiring|worker)\\.ts$'],
    ),
    onlyImportsOfSrc('config-knows-domain', 'Configuration is read before anything else exists.', { path: '^src/config/' }, [
      '^src/(config|domain)/',
    ]),
    onlyImportsOfSrc('report-knows-domain', 'A report is rendered from domain values.', { path: '^src/report/' }, [
      '^src/(report|domain)/',
    ]),
    onlyImportsOfSrc('observability-knows-config', 'Logs and metrics serve every part and know none.', { path: '^src/observability/' }, [
      '^src/(observability|config|domain)/',
    ]),
    onlyImportsOfSrc(
      'temporal-knows-config',
      'Connection, converters and search attributes know no step and no adapter.',
      { path: '^src/temporal/' },
      [messages, '^src/(temporal|config|domain|observability|ports)/'],
    ),

    never(
      'lab-knows-no-product',
      'A lab that shared a rule with the product would share its bug.',
      { path: '^lab/' },
      { path: '^(src|test|bench|scripts)/' },
    ),
    never(
      'checker-knows-no-product',
      'A checker that shares the rule shares the bug.',
      { path: '^test/checker/' },
      { path: '^(src|test/support)/' },
    ),
    never('product-needs-no-lab', 'Only the demo starts the lab.', { path: '^src/', pathNot: '^src/cli/demo/' }, { path: '^lab/' }),
    never('product-needs-no-test', 'What is shipped needs nothing that is not.', { path: '^src/' }, { path: '^(test|bench|scripts)/' }),
    never(
      'product-needs-no-dev-package',
      'src/ and lab/ are shipped: what they need stands under dependencies.',
      { path: '^(src|lab)/' },
      {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
      },
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|test-output)/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
