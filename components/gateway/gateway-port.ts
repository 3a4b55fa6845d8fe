/** Port that nginx listens on inside its container. */
export const GATEWAY_PORT = 8080;
