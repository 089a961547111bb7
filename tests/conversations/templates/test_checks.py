"""Every limit of Meta, one row each: just inside is fine, just outside is said at its field."""

from typing import Any

import pytest

from conversations.templates.checks import problems_of
from conversations.templates.drafts import Draft
from conversations.transport.providers.template_parts import Button
from conversations.transport.rules import template_limits as limits
from tests.conversations.templates.making import draft

QUICK, URL, CALL, CODE = "QUICK_REPLY", "URL", "PHONE_NUMBER", "COPY_CODE"


def quick(*labels: str) -> tuple[Button, ...]:
    return tuple(Button(QUICK, label) for label in labels)


def numbered(count: int, words: int) -> dict[str, Any]:
    body = "Hello " + " word {{%d}}" * count % tuple(range(1, count + 1)) + " end" + " word" * words
    return {"body": body, "examples": {f"body.{place}": "x" for place in range(1, count + 1)}}


def address(value: str, example: str = "https://a.example/o/5") -> tuple[Button, ...]:
    return (Button(URL, "Look", value, example),)


PLAIN = {"examples": {}}
FINE: dict[str, dict[str, Any]] = {
    "as it is": {},
    "a name of 512": {"name": "a" * 512},
    "a header of 60": {"header_kind": "TEXT", "header_text": "x" * 60},
    "one variable on top": {
        "header_kind": "TEXT",
        "header_text": "For {{who}}",
        "examples": {**draft().examples, "header.who": "Ada"},
    },
    "a body of 1024": {"body": "x" * 1024, **PLAIN},
    "two line breaks": {"body": "Hello\n\nyou", **PLAIN},
    "a footer of 60": {"footer": "x" * 60},
    "numbered variables": numbered(2, 6),
    "ten quick replies": {"buttons": quick(*"abcdefghij")},
    "a label of 25": {"buttons": quick("x" * 25)},
    "two addresses": {"buttons": (Button(URL, "A", "https://a.example"), Button(URL, "B", "https://b.example"))},
    "an address that ends in a variable": {"buttons": address("https://a.example/o/{{1}}")},
    "an address of 2000": {"buttons": address("https://a.example/" + "x" * 1982)},
    "quick replies first": {"buttons": (*quick("a", "b"), Button(CALL, "Call", "+27215550100"))},
    "quick replies last": {"buttons": (Button(CALL, "Call", "+27215550100"), *quick("a", "b"))},
    "a code of 15": {"buttons": (Button(CODE, "", "A" * 15),)},
    "utility for 30 seconds": {"ttl_seconds": 30},
    "utility for 12 hours": {"ttl_seconds": 43200},
    "marketing for 12 hours": {"ttl_seconds": 43200, "category": "MARKETING"},
    "marketing for 30 days": {"ttl_seconds": 2592000, "category": "MARKETING"},
    "authentication for 15 minutes": {"ttl_seconds": 900, "category": "AUTHENTICATION"},
    "as long as there is": {"ttl_seconds": -1},
    "a kept picture": {"header_kind": "IMAGE", "has_sample": True},
    "a place on top": {"header_kind": "LOCATION"},
    "a region": {"language": "pt_BR"},
}
BAD: dict[str, tuple[str, dict[str, Any]]] = {
    "no name": ("name", {"name": ""}),
    "capitals in the name": ("name", {"name": "Order"}),
    "a blank in the name": ("name", {"name": "order ready"}),
    "a name of 513": ("name", {"name": "a" * 513}),
    "a language Meta has not": ("language", {"language": "xx"}),
    "a language with a dash": ("language", {"language": "en-US"}),
    "no category": ("category", {"category": ""}),
    "an empty line on top": ("header_text", {"header_kind": "TEXT", "header_text": " "}),
    "a header of 61": ("header_text", {"header_kind": "TEXT", "header_text": "x" * 61}),
    "a star on top": ("header_text", {"header_kind": "TEXT", "header_text": "*News*"}),
    "an emoji on top": ("header_text", {"header_kind": "TEXT", "header_text": "News 🎉"}),
    "two variables on top": (
        "header_text",
        {
            "header_kind": "TEXT",
            "header_text": "For {{a}} and {{b}}",
            "examples": {**draft().examples, "header.a": "x", "header.b": "y"},
        },
    ),
    "a picture without its sample": ("header_file", {"header_kind": "IMAGE"}),
    "a header of a strange kind": ("header_kind", {"header_kind": "GIF"}),
    "no words": ("body", {"body": " ", **PLAIN}),
    "a body of 1025": ("body", {"body": "x" * 1025, **PLAIN}),
    "a variable first": ("body", {"body": "{{first_name}}, your order is ready, do come and fetch it soon"}),
    "a variable last": ("body", {"body": "Your order is ready, do come and fetch it soon, {{first_name}}."}),
    "three line breaks": ("body", {"body": "Hello\n\n\nyou", **PLAIN}),
    "too few words": ("body", {"body": "Hi {{first_name}} you"}),
    "an open brace": ("body", {"body": "Hello {{first_name, your order is ready now"}),
    "a gap in the numbers": (
        "body",
        {"body": "Hello {{1}} your order {{3}} is ready for you today", "examples": {"body.1": "x", "body.3": "y"}},
    ),
    "names and numbers mixed": (
        "body",
        {"body": "Hello {{1}} your order {{no}} is ready for you today", "examples": {"body.1": "x", "body.no": "y"}},
    ),
    "a name with a capital": ("body", {"body": "Hello {{Name}} your order is ready", "examples": {"body.Name": "x"}}),
    "no example": ("sample.body.order_number", {"examples": {"body.first_name": "Ada"}}),
    "a footer of 61": ("footer", {"footer": "x" * 61}),
    "a variable in the footer": ("footer", {"footer": "For {{who}}"}),
    "a line break in the footer": ("footer", {"footer": "a\nb"}),
    "eleven buttons": ("buttons", {"buttons": quick(*"abcdefghijk")}),
    "three addresses": ("buttons", {"buttons": tuple(Button(URL, label, "https://a.example") for label in "abc")}),
    "two phone numbers": ("buttons", {"buttons": tuple(Button(CALL, label, "+27215550100") for label in "ab")}),
    "two codes": ("buttons", {"buttons": (Button(CODE, "", "A1"), Button(CODE, "", "B1"))}),
    "quick replies apart": ("buttons", {"buttons": (*quick("a"), Button(CALL, "c", "+27215550100"), *quick("b"))}),
    "the same label twice": ("buttons", {"buttons": quick("Yes", "yes")}),
    "no label": ("button.0.text", {"buttons": quick("")}),
    "a label of 26": ("button.0.text", {"buttons": quick("x" * 26)}),
    "a variable on a button": ("button.0.text", {"buttons": quick("Go {{1}}")}),
    "an address without https": ("button.0.value", {"buttons": address("a.example")}),
    "an address of 2001": ("button.0.value", {"buttons": address("https://a.example/" + "x" * 1983)}),
    "a variable in the middle": ("button.0.value", {"buttons": address("https://a.example/{{1}}/x")}),
    "a named variable in an address": ("button.0.value", {"buttons": address("https://a.example/{{no}}")}),
    "an example elsewhere": (
        "button.0.example",
        {"buttons": address("https://a.example/{{1}}", "https://b.example/5")},
    ),
    "no phone number": ("button.0.value", {"buttons": (Button(CALL, "Call", "12"),)}),
    "a code of 16": ("button.0.value", {"buttons": (Button(CODE, "", "A" * 16),)}),
    "a code with a dash": ("button.0.value", {"buttons": (Button(CODE, "", "SAVE-25"),)}),
    "a strange button": ("button.0.kind", {"buttons": (Button("MPM", "Buy"),)}),
    "utility for 29 seconds": ("ttl_seconds", {"ttl_seconds": 29}),
    "utility for a day": ("ttl_seconds", {"ttl_seconds": 86400}),
    "marketing for an hour": ("ttl_seconds", {"ttl_seconds": 3600, "category": "MARKETING"}),
    "marketing for 31 days": ("ttl_seconds", {"ttl_seconds": 2678400, "category": "MARKETING"}),
    "authentication for an hour": ("ttl_seconds", {"ttl_seconds": 3600, "category": "AUTHENTICATION"}),
}


@pytest.mark.parametrize("name", FINE)
def test_just_inside_is_fine(name: str) -> None:
    assert problems_of(draft(**FINE[name])) == []


@pytest.mark.parametrize("name", BAD)
def test_just_outside_is_said_at_its_field(name: str) -> None:
    field, changes = BAD[name]
    found = problems_of(draft(**changes))
    assert field in [problem.field for problem in found], found
    assert all(problem.words.endswith(".") and problem.words[0].isupper() for problem in found)


def test_the_table_says_where_it_is_from() -> None:
    table = limits.table()
    assert table["source"].startswith("Meta, ")
    assert table["as_of"] == "2026-09-11"


@pytest.mark.parametrize(
    ("written", "kept"), [("en-US", "en_US"), ("EN_us", "en_US"), ("it", "it"), ("pt-br", "pt_BR")]
)
def test_languages_are_written_one_way(written: str, kept: str) -> None:
    assert limits.normal_language(written) == kept


def test_a_draft_is_a_draft_of_its_own_components() -> None:
    from conversations.templates.drafts import components_of, draft_of
    from conversations.templates.models import Template

    written = Draft(
        name="everything",
        language="it",
        category="MARKETING",
        body="Ciao {{first_name}}, ecco il tuo sconto per oggi.",
        header_kind="TEXT",
        header_text="Per {{first_name}}",
        footer="Amber",
        buttons=(
            Button(QUICK, "Ciao"),
            Button(URL, "Apri", "https://a.example/{{1}}", "https://a.example/5"),
            Button(CODE, "", "SAVE25"),
        ),
        ttl_seconds=86400,
        examples={"header.first_name": "Ada", "body.first_name": "Bea"},
    )
    row = Template(
        name=written.name,
        language=written.language,
        category=written.category,
        ttl_seconds=86400,
        components=components_of(written),
    )
    assert draft_of(row) == written
