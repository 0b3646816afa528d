"""A note as it comes from a page, from a script or from a form without one."""

import re
import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.models.note import MOST_MS, MOST_QUOTE, MOST_TEXT

MOMENT = re.compile(r"^(?:(\d{1,2})[:：])?(\d{1,3})[:：]([0-5]\d)$")
TOO_LONG = _("太长了：最多 %(limit_value)s 个字，现在有 %(show_value)s 个。")


class Words(forms.CharField):
    """Lines as people write them; without what no database keeps."""

    def __init__(self, most: int, label: Any, rows: int = 3) -> None:
        super().__init__(
            max_length=most,
            required=False,
            label=label,
            widget=forms.Textarea({"rows": rows, "class": "field"}),
            error_messages={"max_length": TOO_LONG},
        )

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        whole = text.encode("utf-8", "ignore").decode()
        return whole.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")


class TextForm(forms.Form):
    """What may be changed of a note."""

    text = Words(MOST_TEXT, _("写一笔"))


class NoteForm(TextForm):
    """All of a new one. `moment` is for who types it: 12:02; a script knows `ms`."""

    uid = forms.UUIDField(required=False, widget=forms.HiddenInput)
    ms = forms.IntegerField(required=False, min_value=0, max_value=MOST_MS, widget=forms.HiddenInput)
    moment = forms.RegexField(
        MOMENT,
        required=False,
        label=_("时刻"),
        help_text=_("分:秒，例如 12:02；可以不填"),
        error_messages={"invalid": _("时刻写成 分:秒，例如 12:02。")},
        widget=forms.TextInput({"class": "field num", "inputmode": "numeric", "size": 8}),
    )
    quote = Words(MOST_QUOTE, _("划线"), rows=2)

    def clean_moment(self) -> int | None:
        found = MOMENT.fullmatch(self.cleaned_data["moment"] or "")
        if not found:
            return None
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return ((hours * 60 + minutes) * 60 + seconds) * 1000

    def facts(self) -> dict[str, Any]:
        """For `keep_note`."""
        said = self.cleaned_data
        ms = said["moment"] if said["ms"] is None else said["ms"]
        return {"uid": said["uid"] or uuid.uuid4(), "ms": ms, "quote": said["quote"], "text": said["text"]}
