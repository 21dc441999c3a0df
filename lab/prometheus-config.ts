/** Something that Prometheus scrapes at `/metrics`. */
export interface ScrapeTarget {
  /** Label `job`. */
  readonly job: string;
  /** Label `instance`. */
  readonly instance: string;
  readonly address: string;
  readonly port: number;
  /** The Host header it insists on, if it is not its address. */
  readonly hostHeader?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A rule as it stands in Prometheus's rule files. */
export type PrometheusRule = { readonly expr: string; readonly labels?: Readonly<Record<string, string>> } & (
  | { readonly record: string }
  | { readonly alert: string; readonly for?: string; readonly annotations?: Readonly<Record<string, string>> }
);

/** What Prometheus is told. */
export interface PrometheusOptions {
  readonly targets: readonly ScrapeTarget[];
  readonly rules?: readonly PrometheusRule[];
  /** host:port of each Alertmanager that alerts are sent to. */
  readonly alertmanagers?: readonly string[];
  /** Labels that alerts carry to Alertmanager. */
  readonly externalLabels?: Readonly<Record<string, string>>;
}

/**
 * The configuration, as JSON: every JSON text is YAML. Each target is a scrape configuration of its own, since only there a proxy can be
 * named: Prometheus cannot send a Host header of our choice, but a request through a proxy carries the name that was asked for, and
 * the target itself can play the proxy. (Prometheus 2.42.)
 * @param former targets that are no longer scraped: their scrape configurations stay, empty. With one that is removed Prometheus forgets to
 * end the series, which then look alive for five minutes.
 */
export function configText(
  { alertmanagers = [], externalLabels = {} }: PrometheusOptions,
  targets: readonly ScrapeTarget[],
  former: readonly ScrapeTarget[],
  rulesFile: string,
): string {
  const scrapeConfig = ({ job, instance, address, port, hostHeader, labels = {} }: ScrapeTarget, scraped: boolean) => ({
    job_name: `${job}/${instance}`,
    ...(hostHeader === undefined ? {} : { proxy_url: `http://${address}:${port}` }),
    static_configs: scraped ? [{ targets: [`${hostHeader ?? address}:${port}`], labels: { ...labels, job, instance } }] : [],
  });
  return JSON.stringify({
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s', external_labels: externalLabels },
    rule_files: [rulesFile],
    alerting: { alertmanagers: alertmanagers.map((address) => ({ static_configs: [{ targets: [address] }] })) },
    scrape_configs: [...targets.map((target) => scrapeConfig(target, true)), ...former.map((target) => scrapeConfig(target, false))],
  });
}

/** The rule file: one group, evaluated every second. */
export function rulesText({ rules = [] }: PrometheusOptions): string {
  return JSON.stringify({ groups: [{ name: 'lab', rules }] });
}
