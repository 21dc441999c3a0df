function unquoted(raw: string): string {
  if (raw.startsWith("'") && raw.endsWith("'") && raw.length > 1) return raw.slice(1, -1);
  if (raw.startsWith('"') && raw.endsWith('"') && raw.length > 1) return raw.slice(1, -1).replaceAll(/\\(["\\`$])/g, '$1');
  // As systemd does: a backslash outside quotes takes the next character as it is.
  return raw.replaceAll(/\\(.)/g, '$1');
}

/** Reads `KEY=VALUE` lines as systemd's EnvironmentFile does: comments by # or ;, values plain (a JSON document too) or in quotes. The last of equal keys wins. */
export function parseEnvFile(text: string): Record<string, string> {
  const result: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith(';')) continue;
    const equals = trimmed.indexOf('=');
    if (equals < 1) continue;
    result[trimmed.slice(0, equals).trim()] = unquoted(trimmed.slice(equals + 1).trim());
  }
  return result;
}
