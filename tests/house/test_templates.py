"""Pages that a strict content security policy lets run, and that escape what people wrote."""

import re

import pytest

from tests.house import tree

# Where a filter may vouch for its text, and why nothing of a person's is in it.
SAFE = {"templates/components/field.html": "help texts are written in our code, some by Django as HTML lists"}
# Pages without a session, whose forms carry a signed proof of their own.
OWN_PROOF = {"templates/payments/link_page.html": "a signed token of the payment link"}
INLINE = {
    "a script without src": re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>", re.IGNORECASE
    ),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a style attribute": re.compile(r"<[a-z][^>]*\sstyle\s*=", re.IGNORECASE),
    "an event attribute": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "hx-on": re.compile(r"<[a-z][^>]*\shx-on\b", re.IGNORECASE),
    "a javascript address": re.compile(r"=\s*[\"']?\s*javascript:", re.IGNORECASE),
    "hx-vals as code": re.compile(r"hx-(?:vals|headers)\s*=\s*[\"'](?:js|javascript):", re.IGNORECASE),
}
VOUCHED = re.compile(r"\|\s*safe(?:seq)?\b|{%\s*autoescape\s+off")


def without_comments(text: str) -> str:
    return re.sub(r"{#.*?#}|{%\s*comment.*?endcomment\s*%}|<!--.*?-->", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("what", sorted(INLINE))
def test_no_template_holds(what: str) -> None:
    found = [tree.name(path) for path in tree.templates() if INLINE[what].search(without_comments(path.read_text()))]
    assert found == []


def test_only_listed_templates_vouch_for_a_text() -> None:
    found = [tree.name(path) for path in tree.templates() if VOUCHED.search(path.read_text())]
    assert [path for path in found if path not in SAFE] == []


def test_every_form_that_posts_carries_a_csrf_token() -> None:
    posts = re.compile(r"<form\b[^>]*method=[\"']post[\"'][^>]*>.*?</form>", re.IGNORECASE | re.DOTALL)
    bare = [
        tree.name(path)
        for path in tree.templates()
        for form in posts.findall(path.read_text())
        if "csrf_token" not in form and "card_form.html" not in form and tree.name(path) not in OWN_PROOF
    ]
    assert bare == []
