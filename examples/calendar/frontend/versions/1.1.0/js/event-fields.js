import { element } from "./element.js";

/** What a reader sees of an event in this version, and can filter by; the names are those of the API. */
export const FILTER_FIELDS = [
  { name: "text", label: "Text", type: "search", placeholder: "title, place or notes" },
  { name: "category", label: "Category", type: "text", list: "categories", placeholder: "any" },
  { name: "since", label: "From", type: "date" },
  { name: "until", label: "To", type: "date" },
];

/** Elements beside an event's title. */
export function marks(event) {
  return event.categories.map((name) => element("span", { class: "category" }, name));
}

/** Offers what the events have to the filter's fields. */
export function suggest(events) {
  const names = [...new Set(events.flatMap((event) => event.categories))].sort();
  document.getElementById("categories").replaceChildren(...names.map((name) => element("option", { value: name })));
}
