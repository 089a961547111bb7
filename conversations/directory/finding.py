"""Shops by what somebody writes: their words by Postgres, their typing errors by rapidfuzz."""

from typing import Final

from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector
from django.db.models import F, QuerySet
from rapidfuzz import fuzz, process, utils

from tenants.models import Shop

# The very expression of the index `shop_words`.
_WORDS: Final = SearchVector("name", "category", "town", "description", config="simple")
MOST_FOUND: Final = 60
# How alike a name must be, of 100, to be taken for a typing error.
ALIKE: Final = 78
_MOST_NAMES: Final = 5000


def listed() -> QuerySet[Shop]:
    """The shops customers may find: open and not hidden; verified first."""
    return Shop.objects.filter(status=Shop.Status.ACTIVE, is_listed=True).order_by("-is_verified", "name", "id")


def shops_for(words: str) -> list[Shop]:
    """Shops for what somebody wrote: all of their words first, then any of them, then names that are nearly so."""
    text = " ".join(words.split())[:120]
    found = _by_words(text, "plain")
    if not found and len(text.split()) > 1:
        found = _by_words(" or ".join(text.split()), "websearch")
    ids = {shop.pk for shop in found}
    alike = [shop for shop in _by_likeness(text) if shop.pk not in ids]
    return [*found, *alike][:MOST_FOUND]


def _by_words(text: str, kind: str) -> list[Shop]:
    query = SearchQuery(text, config="simple", search_type=kind)
    rows = listed().annotate(words=_WORDS, rank=SearchRank(_WORDS, query)).filter(words=query)
    return list(rows.order_by(F("is_verified").desc(), F("rank").desc(), "name", "id")[:MOST_FOUND])


def _by_likeness(text: str) -> list[Shop]:
    """By names alone: the words of a sentence about goods are like no name."""
    if len(text) < 3:
        return []
    names = dict(listed().values_list("pk", "name")[:_MOST_NAMES])
    matches = process.extract(
        text, names, scorer=fuzz.WRatio, processor=utils.default_process, score_cutoff=ALIKE, limit=10
    )
    shops = Shop.objects.in_bulk([pk for _name, _score, pk in matches])
    ordered = sorted(matches, key=lambda match: (not shops[match[2]].is_verified, -match[1]))
    return [shops[pk] for _name, _score, pk in ordered]


def named(words: str) -> list[Shop]:
    """Shops whose very name somebody wrote, give or take a letter: for deciding without being asked to search."""
    text = " ".join(words.split())
    if not 3 <= len(text) <= 60:
        return []
    names = dict(listed().values_list("pk", "name")[:_MOST_NAMES])
    matches = process.extract(text, names, scorer=fuzz.ratio, processor=utils.default_process, score_cutoff=85, limit=5)
    shops = Shop.objects.in_bulk([pk for _name, _score, pk in matches])
    return [shops[pk] for _name, _score, pk in matches]
