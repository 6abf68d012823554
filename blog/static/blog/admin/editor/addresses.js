// Where a link may lead.

/** Whether a link may lead to `address`; the server's cleaner has the last word. */
export function isAddress(address) {
  const scheme = /^\s*([a-z][a-z0-9+.-]*):/i.exec(address ?? "");
  return Boolean(address?.trim()) && (!scheme || /^(https?|mailto|tel)$/i.test(scheme[1]));
}
