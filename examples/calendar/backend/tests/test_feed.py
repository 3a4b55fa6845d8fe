"""Run in the image: python3 -m unittest discover tests"""

import os
import unittest
from datetime import UTC, date, datetime

os.environ.setdefault("DATABASE_URL", "postgresql://unused/unused")
os.environ.setdefault("SECRET_KEY", "test")

from app.event import Event, EventFilter  # noqa: E402
from app.feed import FeedError, read_feed, write_feed  # noqa: E402
from app.feed_token import make_token, read_token  # noqa: E402
from app.fetch import refuse_private  # noqa: E402

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def feed(*events: str) -> bytes:
    blocks = "".join(f"BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\n" for event in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\n{blocks}END:VCALENDAR\r\n".encode()


class ReadFeed(unittest.TestCase):
    def test_time_is_converted_to_utc(self):
        [row] = read_feed(feed("UID:a\r\nDTSTART;TZID=Europe/Berlin:20260710T090000\r\nDURATION:PT1H\r\nSUMMARY:Tea"), NOW)
        self.assertEqual(row["starts_at"], datetime(2026, 7, 10, 7, tzinfo=UTC))
        self.assertEqual(row["ends_at"], datetime(2026, 7, 10, 8, tzinfo=UTC))
        self.assertFalse(row["all_day"])

    def test_day_without_an_end_lasts_one_day(self):
        [row] = read_feed(feed("UID:a\r\nDTSTART;VALUE=DATE:20260710"), NOW)
        self.assertTrue(row["all_day"])
        self.assertEqual(row["ends_at"], datetime(2026, 7, 11, tzinfo=UTC))

    def test_recurring_event_has_a_row_for_each_occurrence_and_leaves_out_exceptions(self):
        rows = read_feed(
            feed("UID:a\r\nDTSTART:20260302T090000Z\r\nRRULE:FREQ=WEEKLY;COUNT=4\r\nEXDATE:20260309T090000Z"), NOW
        )
        self.assertEqual([row["starts_at"].day for row in rows], [2, 16, 23])

    def test_old_single_event_is_kept(self):
        self.assertEqual(len(read_feed(feed("UID:a\r\nDTSTART:19990101T000000Z"), NOW)), 1)

    def test_something_else_is_refused(self):
        for content in (b"<html></html>", b"", feed("UID:a"), feed("DTSTART:20260302T090000Z")):
            with self.assertRaises(FeedError):
                read_feed(content, NOW)


class WriteFeed(unittest.TestCase):
    def test_what_is_written_can_be_read(self):
        [row] = read_feed(feed("UID:a\r\nDTSTART;VALUE=DATE:20260710\r\nSUMMARY:Fair\\, day 1\r\nLOCATION:Hall 2"), NOW)
        [again] = read_feed(write_feed([Event(id=7, **row)], "test"), NOW)
        self.assertEqual(again, {**row, "uid": "7-a"})


class Token(unittest.TestCase):
    def test_token_brings_its_filter_back(self):
        wanted = EventFilter(text="tea", since=date(2026, 3, 1))
        self.assertEqual(read_token(make_token(wanted)), wanted)

    def test_changed_token_is_refused(self):
        token = make_token(EventFilter(calendar=1))
        self.assertIsNone(read_token(f"x{token}"))


class Fetch(unittest.TestCase):
    def test_private_addresses_are_refused(self):
        for url in ("http://127.0.0.1/", "http://[::1]/", "http://10.0.0.1/", "http://localhost/", "file:///etc/passwd"):
            with self.assertRaises(FeedError):
                refuse_private(url)


if __name__ == "__main__":
    unittest.main()
