"""Which offers come together, and in which order. Pure; the reasons are in docs/decisions/0012.

Offers that go together are applied one after another, each to what the ones before it left: bundles, then buy-and-get,
then what is off named goods, then what is off the whole basket, then the delivery; among equals the higher priority
first, then the older offer. An exclusive offer comes alone: it counts only where it saves more than all others
together, and of two such the one that saves more. Offers with a code count only where they make the whole cheaper.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catalog.offers.cutting import Cut, Wanted, cut_by, rows_of
from catalog.offers.rules import Kind, Rule

_STAGES = {Kind.BUNDLE: 0, Kind.BUY_GET: 1, Kind.FREE_DELIVERY: 4}
NAMED_GOODS, WHOLE_BASKET = 2, 3


@dataclass(frozen=True, slots=True)
class Saving:
    """The offers that count, in the order they were applied."""

    cuts: tuple[Cut, ...] = ()

    @property
    def cents(self) -> int:
        return sum(cut.cents for cut in self.cuts)

    @property
    def delivery_cents(self) -> int:
        return sum(cut.delivery_cents for cut in self.cuts)

    def on_line(self, place: int) -> int:
        """What all of them take off one line."""
        return sum(cut.by_line[place] for cut in self.cuts)


def best_saving(lines: Sequence[Wanted], rules: Iterable[Rule], *, delivery_cents: int) -> Saving:
    """What `rules`, all of them open, take off `lines` and off the delivery. Ties among shares go to the earlier line.

    Those with a code come on top only where that saves more: a code may take pieces that another offer needs.
    """
    ordered = sorted(rules, key=_turn)
    together = [rule for rule in ordered if not rule.is_exclusive]
    without_codes = [rule for rule in together if not rule.code]
    stacks = [without_codes, *([together] if len(together) > len(without_codes) else [])]
    stacks += [[rule] for rule in ordered if rule.is_exclusive]
    savings = (_one_after_another(lines, stack, delivery_cents) for stack in stacks)
    return max(savings, key=lambda saving: saving.cents)  # the first of equals


def _turn(rule: Rule) -> tuple[int, int, int]:
    stage = _STAGES.get(rule.kind, WHOLE_BASKET if rule.goods.is_basket else NAMED_GOODS)
    return stage, -rule.priority, rule.id


def _one_after_another(lines: Sequence[Wanted], rules: Sequence[Rule], delivery_cents: int) -> Saving:
    rows, cuts = rows_of(lines), []
    for rule in rules:
        cut = cut_by(rule, rows, delivery_cents)
        if cut is not None:
            cuts.append(cut)
            delivery_cents -= cut.delivery_cents
    return Saving(tuple(cuts))
