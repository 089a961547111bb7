"""Finding what a customer means: words and their beginnings by Postgres, slips of the finger by rapidfuzz.

The database knows neither trigrams nor accents here; `catalog.words` folds both sides before they meet.
"""

from rapidfuzz import fuzz

from catalog.models import Product
from catalog.queries import ProductCard, cards_of
from catalog.words import words_of

# Per word, 0 to 100: "croisant" against "croissant" is 94, "bread" against "broad" 80, "tea" against "pea" 67.
CLOSE_ENOUGH = 78.0
LONGEST_WISH = 200


def search_products(text: str, *, limit: int = 10, language: str = "") -> list[ProductCard]:
    """Cards of products on sale that fit `text`, best first: all words found, else nearly so. Empty for no words."""
    words = words_of(text[:LONGEST_WISH])
    if not words:
        return []
    on_sale = Product.objects.for_customers()
    hits = list(on_sale.matching(" ".join(words)).values_list("id", "name").order_by("position", "id")[:200])
    ids = [pk for pk, _ in sorted(hits, key=lambda hit: -_likeness(words, hit[1]))][:limit]
    if not ids:
        ids = _nearly(words, limit)
    cards = {card.id: card for card in cards_of(on_sale.filter(pk__in=ids), language=language)}
    return [cards[pk] for pk in ids if pk in cards]


def _likeness(words: list[str], name: str) -> float:
    """How much of the name the words cover: "plain croissant" before "croissant with almonds and chocolate"."""
    return fuzz.token_sort_ratio(" ".join(words), " ".join(words_of(name)))


def _nearly(words: list[str], limit: int) -> list[int]:
    """Ids of products on sale whose words are close to the asked ones, closest first."""
    scored = []
    for pk, known in Product.objects.for_customers().order_by("position", "id").values_list("id", "search_text"):
        score = _closeness(words, known.split())
        if score >= CLOSE_ENOUGH:
            scored.append((score, pk))
    return [pk for _, pk in sorted(scored, key=lambda hit: -hit[0])[:limit]]


def _closeness(words: list[str], known: list[str]) -> float:
    """The worst of the words' best matches; a word that begins a known one matches fully."""
    worst = 100.0
    for word in words:
        best = max((100.0 if other.startswith(word) else fuzz.ratio(word, other) for other in known), default=0.0)
        worst = min(worst, best)
        if worst < CLOSE_ENOUGH:
            return worst
    return worst
