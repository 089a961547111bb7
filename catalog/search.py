"""Finding what a customer means: words and their beginnings by Postgres, slips of the finger by rapidfuzz.

The database knows neither trigrams nor accents here; `catalog.words` folds both sides before they meet.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from catalog.models import Product
from catalog.queries import ProductCard, cards_by_id
from catalog.querysets import term_of
from catalog.words import words_of
from shopme.lib.prepared import Prepared

# Per word, 0 to 100: "croisant" against "croissant" is 94, "bread" against "broad" 80, "tea" against "pea" 67.
CLOSE_ENOUGH = 78.0
# "do you have croissants": words this long tell what is meant, shorter ones only count if there are no others.
TELLING = 4
LONGEST_WISH = 200
_FITTING: Prepared[Product] = Prepared(
    lambda term: Product.objects.for_customers().fitting(term).only("id", "name").order_by("position", "id")[:200]
)
_KNOWN: Prepared[Product] = Prepared(
    lambda: Product.objects.for_customers().only("id", "search_text").order_by("position", "id")
)


@dataclass(frozen=True, slots=True)
class Findings:
    """Cards of products, best first; `missed` are the words that fit none of them."""

    cards: Sequence[ProductCard] = ()
    missed: Sequence[str] = ()


def search_products(text: str, *, limit: int = 10, language: str = "") -> list[ProductCard]:
    """Cards of products on sale that fit `text`, best first: those with all its words, else those that come near.

    Empty if nothing does, or if there are no words.
    """
    return list(find_products(text, limit=limit, language=language).cards)


def find_products(text: str, *, limit: int = 10, language: str = "", is_exact: bool = False) -> Findings:
    """The same, and which words told nothing. `is_exact`: only products with all the words."""
    words = words_of(text[:LONGEST_WISH])
    if not words:
        return Findings()
    hits = sorted(_FITTING.rows(term_of(words)), key=lambda hit: -_likeness(words, hit.name))
    ids, missed = [hit.pk for hit in hits[:limit]], list[str]()
    if not ids and not is_exact:
        ids, missed = _nearly(words, limit)
    cards = {card.id: card for card in cards_by_id(ids, language=language)} if ids else {}
    return Findings([cards[pk] for pk in ids if pk in cards], missed)


def _likeness(words: list[str], name: str) -> float:
    """How much of the name the words cover: "plain croissant" before "croissant with almonds and chocolate"."""
    return fuzz.token_sort_ratio(" ".join(words), " ".join(words_of(name)))


def _nearly(words: list[str], limit: int) -> tuple[list[int], list[str]]:
    """Ids of the products on sale that come near most of the asked words, closest first; and the words near none."""
    telling = [word for word in words if len(word) >= TELLING] or words
    scored = []
    for product in _KNOWN.rows():
        known = product.search_text.split()
        matches = [score for score in (_closeness(word, known) for word in telling) if score >= CLOSE_ENOUGH]
        if matches:
            scored.append((len(matches), sum(matches), product.pk, known))
    most = max((count for count, *_ in scored), default=0)
    best = sorted((hit for hit in scored if hit[0] == most), key=lambda hit: -hit[1])[:limit]
    missed = [word for word in words if all(_closeness(word, known) < CLOSE_ENOUGH for *_, known in best)]
    return [pk for *_, pk, _known in best], missed


def _closeness(word: str, known: list[str]) -> float:
    """How close `word` comes to one of `known`, 0 to 100; the beginning of a known word is a full match."""
    return max((100.0 if other.startswith(word) else fuzz.ratio(word, other) for other in known), default=0.0)
