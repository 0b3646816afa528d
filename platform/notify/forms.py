"""When, and of what, somebody wishes to have mail."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from notify.models import SWITCHABLE, Wishes

HINTS = {
    "learning": _("作业批好了，证书发下来了"),
    "live": _("快开讲了，改了时间"),
    "membership": _("会员快到期，订单还没付"),
    "office": _("书院要对你说的别的话"),
}


class Clock(forms.TimeField):
    """A time of day. Minutes are enough."""

    def __init__(self, label: Any) -> None:
        sentence = _("时间写成 22:00 这样。")
        widget = forms.TimeInput({"type": "time", "class": "field num"}, format="%H:%M")
        super().__init__(label=label, required=False, widget=widget, error_messages={"invalid": sentence})


class WishesForm(forms.Form):
    is_quiet = forms.BooleanField(label=_("夜里安静"), required=False)
    quiet_from = Clock(_("从"))
    quiet_to = Clock(_("到"))
    mails = forms.MultipleChoiceField(
        label=_("哪些也寄邮件"),
        required=False,
        choices=[(kind.value, kind.label) for kind in SWITCHABLE],
        error_messages={"invalid_choice": _("没有这一类通知。")},
    )

    def __init__(self, wishes: Wishes, data: Any = None) -> None:
        self.wishes = wishes
        initial = {"is_quiet": wishes.is_quiet, "quiet_from": wishes.quiet_from, "quiet_to": wishes.quiet_to}
        mails = [kind.value for kind in SWITCHABLE if wishes.wants(kind)]
        super().__init__(data, initial=initial | {"mails": mails})

    def clean(self) -> None:
        said = self.cleaned_data
        if not said.get("is_quiet"):  # nobody asks for them then
            self.errors.pop("quiet_from", None)
            self.errors.pop("quiet_to", None)
            return
        if "quiet_from" not in said or "quiet_to" not in said:
            return
        begins, ends = said["quiet_from"], said["quiet_to"]
        if begins is None or ends is None:
            missing = "quiet_from" if begins is None else "quiet_to"
            self.add_error(missing, _("从几点到几点，两头都要填；不要安静时段，就把上面的勾去掉。"))
        elif begins == ends:
            self.add_error("quiet_to", _("从和到是同一个时刻，就没有安静时段了。不要它，把上面的勾去掉。"))

    def kinds(self) -> list[dict[str, Any]]:
        """As the page lists them."""
        chosen = self["mails"].value() or []
        return [
            {"value": kind.value, "label": kind.label, "hint": HINTS[kind.value], "is_on": kind.value in chosen}
            for kind in SWITCHABLE
        ]

    def filled(self) -> Wishes:
        """The wishes as they are now; without quiet hours their times are kept for another day."""
        said, wishes = self.cleaned_data, self.wishes
        wishes.is_quiet = said["is_quiet"]
        if wishes.is_quiet:
            wishes.quiet_from, wishes.quiet_to = said["quiet_from"], said["quiet_to"]
        wishes.no_mail = [kind.value for kind in SWITCHABLE if kind.value not in said["mails"]]
        return wishes
