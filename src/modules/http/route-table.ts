/** Which methods answer at which address; the router itself cannot tell for an address whose method does not fit. */
export class RouteTable {
  private readonly routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];

  /** @param url route pattern with `:name` segments and `*` for any rest; one for every address says nothing of any */
  add(methods: string | readonly string[], url: string): void {
    if (url === '*' || url === '/*') return;
    const source = url
      .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
      .replace(/:[^/]+/g, '[^/]+')
      .replaceAll('*', '.*');
    this.routes.push({ pattern: new RegExp(`^${source}/?$`), methods: [methods].flat() });
  }

  /** Methods that answer at a path, sorted; empty when nothing does. */
  methodsAt(path: string): readonly string[] {
    const methods = this.routes.filter(({ pattern }) => pattern.test(path)).flatMap((route) => route.methods);
    return [...new Set(methods)].sort();
  }
}
