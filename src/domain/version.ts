/** Version of this Holdfast: in identities, histories and reports. A test compares it with package.json. */
export const VERSION = '0.0.1';
