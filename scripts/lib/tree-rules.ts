/** A rule about text that must not stand in a file of the repository. */
export interface TreeRule {
  readonly id: string;
  readonly says: string;
  /** Which files it is about; all of them when absent. */
  readonly files?: RegExp;
  readonly pattern: RegExp;
}

/** One place where a rule is broken. */
export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
  readonly says: string;
}

// Written in pieces, so that this file does not break its own rule.
const registryHosts = [
  ['registry', 'npmjs', 'org'],
  ['npmjs', 'com'],
  ['pypi', 'org'],
  ['files', 'pythonhosted', 'org'],
  ['proxy', 'golang', 'org'],
  ['sum', 'golang', 'org'],
  ['crates', 'io'],
  ['maven', 'org'],
  ['maven', 'apache', 'org'],
  ['deb', 'debian', 'org'],
];
const either = (words: readonly string[]): string => words.join('|');
const testFiles = /^(test|bench)\//;

/** The rules, in the order in which they are told. */
export const treeRules: readonly TreeRule[] = [
  {
    id: 'registry-host',
    says: 'names a package registry’s host: packages are asked for by name, through the client that is set up',
    pattern: new RegExp(`(?<![\\w-])(${either(registryHosts.map((parts) => parts.join('\\.')))})(?![\\w-])`),
  },
  {
    id: 'machine-path',
    says: 'names a path of one machine: use a path relative to the repository, or the operating system’s temporary folder',
    pattern: new RegExp(`(?<![\\w./}-])/(${either(['work', 'tmp', 'root', 'home'])})/[\\w.{$<]`),
  },
  {
    id: 'test-modifier',
    says: 'leaves tests out, or expects one to fail: every test runs and passes',
    files: testFiles,
    pattern: new RegExp(`\\.(${either(['only', 'skip', 'todo', 'fails', 'skipIf', 'runIf'])})\\(`),
  },
  {
    id: 'test-retry',
    says: 'lets a test try again: a test that fails now and then is a failing test',
    files: testFiles,
    pattern: /\{\s*retry\s*:\s*[1-9]/,
  },
  {
    id: 'bare-todo',
    says: 'defers work without a reason: write TO-DO(reason) in one word, or do it',
    pattern: new RegExp(`\\b(${either(['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'])})\\b(?!\\([^)]+\\))`),
  },
];

/** Checks one file's text. Pure. */
export function checkText(file: string, text: string, rules: readonly TreeRule[] = treeRules): readonly Finding[] {
  const about = rules.filter((rule) => rule.files === undefined || rule.files.test(file));
  return text
    .split('\n')
    .flatMap((content, index) =>
      about.filter((rule) => rule.pattern.test(content)).map(({ id, says }) => ({ file, line: index + 1, rule: id, says })),
    );
}
