"""What a template says and how Meta writes it down: read, written and reworded in one place, for every provider."""

from typing import Any

import pytest

from conversations.transport.providers.registry import template_parts
from conversations.transport.providers.template_parts import Button, TemplateContent

NAMED = TemplateContent(
    body="Hello {{first_name}}, your order {{order_number}} is ready for you.",
    header_kind="TEXT",
    header_text="News of {{shop}}",
    footer="Thank you",
    buttons=(
        Button("QUICK_REPLY", "See it"),
        Button("URL", "Track", "https://shop.example/{{1}}", "https://shop.example/5"),
        Button("PHONE_NUMBER", "Call", "+27215550100"),
        Button("COPY_CODE", "", "SAVE25"),
    ),
    examples={"header.shop": "Amber", "body.first_name": "Thandi", "body.order_number": "#7"},
)
WRITTEN: list[dict[str, Any]] = [
    {
        "type": "HEADER",
        "format": "TEXT",
        "text": "News of {{shop}}",
        "example": {"header_text_named_params": [{"param_name": "shop", "example": "Amber"}]},
    },
    {
        "type": "BODY",
        "text": "Hello {{first_name}}, your order {{order_number}} is ready for you.",
        "example": {
            "body_text_named_params": [
                {"param_name": "first_name", "example": "Thandi"},
                {"param_name": "order_number", "example": "#7"},
            ]
        },
    },
    {"type": "FOOTER", "text": "Thank you"},
    {
        "type": "BUTTONS",
        "buttons": [
            {"type": "QUICK_REPLY", "text": "See it"},
            {
                "type": "URL",
                "text": "Track",
                "url": "https://shop.example/{{1}}",
                "example": ["https://shop.example/5"],
            },
            {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+27215550100"},
            {"type": "COPY_CODE", "example": "SAVE25"},
        ],
    },
]


def test_what_is_written_reads_as_it_was_meant() -> None:
    assert template_parts().write(NAMED) == WRITTEN
    assert template_parts().read(WRITTEN) == NAMED
    assert NAMED.is_named


def test_numbered_variables_keep_their_examples_in_the_order_of_their_numbers() -> None:
    content = TemplateContent(body="{{2}} comes after {{1}} here", examples={"body.1": "first", "body.2": "second"})
    written = template_parts().write(content)
    assert written == [
        {"type": "BODY", "text": content.body, "example": {"body_text": [["first", "second"]]}},
    ]
    assert template_parts().read(written) == content
    assert not content.is_named


@pytest.mark.parametrize(
    ("parts", "content"),
    [
        ([], TemplateContent()),
        ([{"type": "header", "format": "image"}], TemplateContent(header_kind="IMAGE")),
        ([{"type": "HEADER", "text": "Hi"}], TemplateContent(header_kind="TEXT", header_text="Hi")),
        ([{"type": "BODY", "text": "Hi", "example": "odd"}], TemplateContent(body="Hi")),
        ([{"type": "BUTTONS", "buttons": None}], TemplateContent()),
        ([{"type": "BUTTONS", "buttons": ["odd", {"type": "OTP"}]}], TemplateContent(buttons=(Button("OTP"),))),
        ([{"type": "CAROUSEL", "cards": []}], TemplateContent(others=("CAROUSEL",))),
    ],
)
def test_odd_and_foreign_parts_are_no_error(parts: list[dict[str, Any]], content: TemplateContent) -> None:
    assert template_parts().read(parts) == content


def test_other_words_leave_the_rest_as_it_was() -> None:
    changed = template_parts().reworded(WRITTEN, body="Hello, all is new.", footer="")
    assert changed == [WRITTEN[0], {**WRITTEN[1], "text": "Hello, all is new."}, *WRITTEN[2:]]
    picture = [{"type": "HEADER", "format": "IMAGE"}]
    assert template_parts().reworded(picture, header="No words stood here") == picture
