/** What a reader sees of an event in this version, and can filter by; the names are those of the API. */
export const FILTER_FIELDS = [
  { name: "text", label: "Text", type: "search", placeholder: "title, place or notes" },
  { name: "since", label: "From", type: "date" },
  { name: "until", label: "To", type: "date" },
];

/** Elements beside an event's title. */
export function marks(_event) {
  return [];
}

/** Offers what the events have to the filter's fields. */
export function suggest(_events) {}
