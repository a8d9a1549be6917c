/** Content security policy of reports: one page without scripts; its pictures and styles lie inside it. */
export const REPORT_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
