"""The demo shops, in the order in which they are made; more than three begin again with a number."""

from dataclasses import replace

from shopme.demo.plan import ShopPlan
from shopme.demo.shops import crumb, fiordilatte, rangoli

PLANS = (crumb.PLAN, rangoli.PLAN, fiordilatte.PLAN)


def plan_of(place: int) -> ShopPlan:
    """The plan of the shop at `place`, counted from 0: `crumb`, `rangoli`, `fiordilatte`, `crumb-2`…"""
    plan, round_ = PLANS[place % len(PLANS)], place // len(PLANS) + 1
    if round_ == 1:
        return plan
    team = tuple(replace(member, login=f"{member.login}{round_}") for member in plan.team)
    phone = f"{plan.phone[:-4]}{(int(plan.phone[-4:]) + round_) % 10_000:04d}"
    return replace(plan, slug=f"{plan.slug}-{round_}", name=f"{plan.name} {round_}", phone=phone, team=team)
