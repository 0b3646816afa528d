from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import User
from membership.models import Plan, Tier
from membership.offering import bundles_for, days_to_pause
from membership.own import own_instalments
from membership.seats import Seat, compared, next_step, periods_on_sale, seats
from membership.standing import standing_of


def plans(request: HttpRequest) -> HttpResponse:
    """The tiers side by side; `?period=` and `?tier=` choose without any script."""
    tiers = Tier.objects.shown()
    on_sale = list(Plan.objects.on_sale())
    periods = periods_on_sale(on_sale)
    standing = standing_of(request.user)
    period = _chosen_period(request, periods)
    offered = seats(person=request.user, tiers=tiers, plans=on_sale, standing=standing, period=period)
    context = {
        "seats": offered,
        "picked": _chosen_seat(request, offered) or next_step(offered, standing),
        "periods": periods,
        "period": period,
        "standing": standing,
        "rows": compared(tiers),
        "bundles": list(bundles_for(request.user)),
        **_own_instalments(request),
        "pause_days": days_to_pause(request.user, standing),
        "refund": {"days": settings.REFUND_WINDOW_DAYS, "fee": settings.REFUND_FEE_PERCENT},
    }
    return render(request, "membership/plans.html", context)


def _own_instalments(request: HttpRequest) -> dict[str, Any]:
    return own_instalments(request.user) if isinstance(request.user, User) else {}


def _chosen_period(request: HttpRequest, periods: list[Plan.Period]) -> Plan.Period:
    asked = [period for period in periods if period == request.GET.get("period")]
    return next(
        iter([*asked, *[period for period in periods if period == Plan.Period.YEAR], *periods]), Plan.Period.YEAR
    )


def _chosen_seat(request: HttpRequest, offered: list[Seat]) -> Seat | None:
    return next((seat for seat in offered if seat.tier.slug == request.GET.get("tier")), None)
