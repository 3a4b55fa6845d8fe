/** The backend's API; an answer that is an error is thrown with the backend's own words. */
async function request(path, options) {
  const answer = await fetch(`/api${path}`, options);
  const body = answer.status === 204 ? undefined : await answer.json().catch(() => undefined);
  if (answer.ok) return body;
  const { detail } = body ?? {};
  throw new Error(typeof detail === "string" ? detail : `the calendar answered ${answer.status}`);
}

export const api = {
  version: () => request("/version"),
  calendars: () => request("/calendars"),
  events: (filter) => request(`/events?${new URLSearchParams(filter)}`),
  importFeed: (form) => request("/calendars", { method: "POST", body: form }),
  remove: (id) => request(`/calendars/${id}`, { method: "DELETE" }),
  makeFeed: (filter) =>
    request("/feeds", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(filter),
    }),
};
