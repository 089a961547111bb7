"""The simulator behind its page: the phones (`phones`) and their screens (`screen`), whose they are on the shared number
(`shared`), what they can send (`palette`) and what goes wrong (`chaos`)."""

from conversations.simulated.files import SHOWN_TYPES, BadFile, file_of, keep_file, send_file
from conversations.simulated.phones import (
    customers_to_play,
    fresh_phone,
    last_trace_of,
    look,
    make_number,
    milliseconds_to_answer,
    number_of,
    person_with,
    send,
    start_over,
    stranger,
    thread_of,
)
from conversations.simulated.refusals import NoNumber, NotAPhoneOfOurs
from conversations.simulated.screen import Screen, ScreenLine, has_file, screen_of
from conversations.simulated.shared import is_nobodys_number, opened_by, shared_number

__all__ = [
    "SHOWN_TYPES",
    "BadFile",
    "NoNumber",
    "NotAPhoneOfOurs",
    "Screen",
    "ScreenLine",
    "customers_to_play",
    "file_of",
    "fresh_phone",
    "has_file",
    "is_nobodys_number",
    "keep_file",
    "last_trace_of",
    "look",
    "make_number",
    "milliseconds_to_answer",
    "number_of",
    "opened_by",
    "person_with",
    "screen_of",
    "send",
    "send_file",
    "shared_number",
    "start_over",
    "stranger",
    "thread_of",
]
