"""Blocks that lead somewhere, and which addresses they may lead to."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

SAFE = re.compile(r"(https?://[^/]|mailto:.|tel:.|/(?!/)|#).*", re.IGNORECASE)
STRANGE = re.compile(r"[\s\\\x00-\x1f\x7f]")  # a browser reads over some of these, and then reads something else
UNSAFE = _("这个地址不能用：请写站内地址（以 / 开头），或以 https://、http://、mailto:、tel: 开头的完整地址。")
NOWHERE = _("按钮要有去处：选一页，或填一个地址。")
TWO_WAYS = _("只能有一个去处：选了页就不要再填地址。")


def is_safe(address: str) -> bool:
    """Whether a link may lead there: nothing that runs, and no other host that looks like ours."""
    return bool(SAFE.fullmatch(address)) and not STRANGE.search(address)


def safe_address(address: str) -> None:
    if not is_safe(address):
        raise ValidationError(UNSAFE)


def where(page: Any, address: str) -> str:
    """Where a button leads: the page while it is published, or the address; empty when there is nowhere to go."""
    if page:
        return str(page.url or "") if page.live else ""
    return address if address and is_safe(address) else ""


class ButtonValue(blocks.StructValue):
    @property
    def href(self) -> str:
        return where(self.get("page"), self.get("address") or "")


class Button(blocks.StructBlock):
    """One thing to do next, on a page of the school or elsewhere."""

    word = blocks.CharBlock(label=_("按钮上的字"), max_length=20)
    page = blocks.PageChooserBlock(label=_("去哪一页"), required=False)
    address = blocks.CharBlock(
        label=_("或者去这个地址"),
        required=False,
        max_length=300,
        validators=[safe_address],
        help_text=_("例如 /courses/ 或 https://example.com/"),
    )
    note = blocks.CharBlock(label=_("按钮旁的一句话"), required=False, max_length=60)

    class Meta:
        icon = "link"
        label = _("按钮")
        template = "cms/blocks/button.html"
        value_class = ButtonValue
        description = _("请读者做下一件事。去的那一页下线时，按钮自己消失。")
        preview_value = {"word": "看看有哪些课", "page": None, "address": "/courses/", "note": "三门课，都能先试听"}

    def clean(self, value: Any) -> Any:
        facts = super().clean(value)
        if not (facts.get("page") or facts.get("address")):
            raise blocks.StructBlockValidationError({"page": ValidationError(NOWHERE)})
        if facts.get("page") and facts.get("address"):
            raise blocks.StructBlockValidationError({"address": ValidationError(TWO_WAYS)})
        return facts

    def get_searchable_content(self, value: Any) -> list[str]:
        """Nothing: a word on a button and an address are no sentence of the page, nor of its share card."""
        return []
