"""What every template may say."""

from django import template

register = template.Library()


@register.filter
def money(minor: int | None, currency: str = "CNY") -> str:
    """Minor units as people write them: 19900 → ¥199, 990 → ¥9.90."""
    if minor is None:
        return ""
    sign = {"CNY": "¥", "USD": "$", "EUR": "€", "HKD": "HK$", "TWD": "NT$"}.get(currency, currency + " ")
    whole, cents = divmod(abs(minor), 100)
    return f"{'-' if minor < 0 else ''}{sign}{whole:,}" + (f".{cents:02d}" if cents else "")


@register.filter
def clock(ms: int | None) -> str:
    """Milliseconds as a running time: 0:23, 42:18, 1:05:07."""
    seconds = int(ms or 0) // 1000
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
