/** A page of nginx itself, for a quoted argument of `return`: without double quotes, `$` and backslashes. */
export function page(title: string, text: string): string {
  return `<!doctype html><html lang=en><meta charset=utf-8><title>${title}</title><h1>${title}</h1><p>${text}</p>`;
}
