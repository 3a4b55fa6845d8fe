/** Keys and list positions from the root. */
export type Path = readonly (string | number)[];
