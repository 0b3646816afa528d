"""Telling groups on other platforms about a lesson, through their own bots and within their limits."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from cohorts.models import Cohort
from live.access import may_relay_anywhere, relayable
from live.engine.wire import UNITS_PER_SECOND
from live.errors import BadInput
from live.models import Broadcast, Clip, Delivery, Event, OutsideGroup, Question
from live.services import platforms
from live.services.edits import montage_of
from live.services.platforms import PLATFORMS, Verdict
from live.services.relaying import locked

State, Reason = Delivery.State, Delivery.Reason
LONGEST = 300  # WeCom takes 2048 bytes of text, and the lesson's own lines are in it too
MOST_ATTEMPTS = 5
A_RUN = timedelta(seconds=20)  # then the worker may do something else first
WHAT = ("announcement", "replay", "clip", "summary")
UNKNOWN = gettext_lazy(
    "认不出这个地址。贴企业微信、钉钉、飞书、Slack、Discord 机器人的完整地址；Telegram 写「令牌/群号」。"
)
NO_SIGNING = gettext_lazy("只有钉钉的加签密钥能用。飞书请在机器人那边改用关键词校验。")
NOWHERE = gettext_lazy("没有能发的外部群。先加一个，并且启用。")
TOO_LONG = gettext_lazy("写得太长了，最多 %s 个字。")
NO_CLIP = gettext_lazy("没有这一条语音，或者已经撤回。")
NOT_OVER = gettext_lazy("这一讲还没有讲完，讲完才有回放和小结。")


def groups_of(person: User) -> QuerySet[OutsideGroup]:
    """The outside groups someone may speak to: of the cohorts they may relay to; the school's, for those who run it."""
    mine = Q(cohort__in=relayable(person).values("pk"))
    return OutsideGroup.objects.filter(mine | Q(cohort=None) if may_relay_anywhere(person) else mine)


def add_group(*, name: str, address: str, secret: str = "", cohort: Cohort | None = None) -> OutsideGroup:
    """Keep a bot's address, in parts; adding it again gives it the new name and secret."""
    found = platforms.recognise(address)
    if found is None:
        raise BadInput(str(UNKNOWN))
    kind, parts = found
    if secret and kind != OutsideGroup.Kind.DINGTALK:
        raise BadInput(str(NO_SIGNING))
    facts = {"name": name, "secret": secret, "cohort": cohort, "is_enabled": True}
    return OutsideGroup.objects.update_or_create(kind=kind, address=parts, defaults=facts)[0]


@transaction.atomic
def tell_outside(*, broadcast: Broadcast, by: User, what: str, text: str = "", clip: int = 0, press: str = "") -> Event:
    """Send an announcement, the link to the replay or to a clip of it, or a summary to every group `by` may speak to."""
    text = text.strip()
    if what not in WHAT:
        raise BadInput
    if len(text) > LONGEST:
        raise BadInput(str(TOO_LONG) % LONGEST)
    if what != "announcement" and broadcast.state != Broadcast.State.ENDED:
        raise BadInput(str(NOT_OVER))
    broadcast = locked(broadcast)
    made = broadcast.events.filter(kind=Event.Kind.OUTSIDE, payload__press=press).first() if press else None
    if made:
        return made
    groups = list(groups_of(by).filter(is_enabled=True))
    if not groups:
        raise BadInput(str(NOWHERE))
    payload = {"what": what, "text": compose(broadcast, what, text, clip), "press": press}
    event = Event.objects.create(broadcast=broadcast, t=broadcast.media_t, kind=Event.Kind.OUTSIDE, payload=payload)
    now = timezone.now()
    rows = [Delivery(broadcast=broadcast, event=event, group=group, queued_at=now) for group in groups]
    Delivery.objects.bulk_create(rows)
    _carry_on(event.pk)
    return event


def compose(broadcast: Broadcast, what: str, text: str, clip: int = 0) -> str:
    """What a group reads: the host's own words first, then the lesson's facts and its address."""
    lesson = broadcast.lesson
    address = f"{settings.SITE_URL}{reverse('live:room', args=[lesson.pk])}"
    lines = [text, f"《{lesson.title}》 {lesson.course.title} · {lesson.course.instructor.display_name}"]
    if what == "announcement":
        lines += [_starts(lesson.starts_at), _("收听：%s") % address]
    elif what == "replay":
        lines += [_("回放：%s") % address]
    elif what == "clip":
        lines += [_clip(broadcast, clip), f"{address}#clip-{clip}"]
    else:
        lines += [_figures(broadcast), _("回放：%s") % address]
    return "\n".join(filter(None, lines))


@transaction.atomic
def retry_outside(*, event: Event) -> int:
    """Send again where it failed, and nowhere else."""
    failed = event.deliveries.exclude(group=None).failed()
    count = failed.update(
        state=State.QUEUED, reason="", detail="", failed_at=None, queued_at=timezone.now(), attempts=F("attempts") + 1
    )
    if count:
        _carry_on(event.pk)
    return count


def deliver(*, event_id: int) -> datetime | None:
    """Send what may be sent now; answers when to come back for what has to wait."""
    until = timezone.now() + A_RUN
    later: list[datetime] = []
    for row in _queued(event_id):
        if timezone.now() > until:
            return timezone.now()
        if row.group is None or not row.group.is_enabled:
            continue
        if not _take_turn(row.group):
            later.append(OutsideGroup.objects.values_list("next_at", flat=True).get(pk=row.group.pk) or timezone.now())
        elif _claim(row):
            moment = _put_down(row, platforms.send(row.group, row.event.payload["text"]))
            later += [moment] if moment else []
    return min(later, default=None)


def _queued(event_id: int) -> Iterable[Delivery]:
    rows = Delivery.objects.filter(event=event_id).exclude(group=None).queued()
    return list(rows.select_related("group", "event").order_by("pk"))


def _take_turn(group: OutsideGroup) -> bool:
    """Keep the platform's pace, whichever worker is asking."""
    now = timezone.now()
    due = OutsideGroup.objects.filter(Q(next_at=None) | Q(next_at__lte=now), pk=group.pk)
    return due.update(next_at=now + timedelta(seconds=PLATFORMS[group.kind].pace)) == 1


def _claim(row: Delivery) -> bool:
    """From here to the reply nobody knows whether it arrived; a worker that dies here leaves it so."""
    mine = Delivery.objects.filter(pk=row.pk).queued()
    return mine.update(state=State.FAILED, reason=Reason.INTERRUPTED, failed_at=timezone.now()) == 1


def _put_down(row: Delivery, verdict: Verdict) -> datetime | None:
    """Write the verdict into the ledger; answers when it may be tried again by itself."""
    now, this = timezone.now(), Delivery.objects.filter(pk=row.pk)
    if not verdict.reason:
        this.arrived(now)
        return None
    told = {"reason": verdict.reason, "detail": verdict.detail}
    if verdict.reason != Reason.LIMITED or row.attempts >= MOST_ATTEMPTS:
        this.update(**told, state=State.FAILED, failed_at=now)
        return None
    again = now + timedelta(seconds=verdict.wait)
    OutsideGroup.objects.filter(deliveries=row).update(next_at=again)
    this.update(**told, state=State.QUEUED, failed_at=None, attempts=F("attempts") + 1)
    return again


def _carry_on(event_id: int) -> None:
    from live.tasks import send_outside  # the task calls this package's verbs

    transaction.on_commit(lambda: send_outside.enqueue(event_id))


def _starts(moment: datetime | None) -> str:
    return _("%s 开讲") % date_format(timezone.localtime(moment), "DATETIME_FORMAT") if moment else ""


def _clip(broadcast: Broadcast, n: int) -> str:
    """Its number and its length; raises `BadInput` when there is no such clip to be heard."""
    place = montage_of(broadcast).takes.get(n)
    if place is None or place.is_gone:
        raise BadInput(str(NO_CLIP))
    seconds = (place.kept[1] - place.kept[0]) // UNITS_PER_SECOND
    return _("第 %(n)s 条语音，%(length)s") % {"n": n, "length": f"{seconds // 60}:{seconds % 60:02d}"}


def _figures(broadcast: Broadcast) -> str:
    clips = Clip.objects.filter(broadcast=broadcast).count()
    answered = broadcast.questions.filter(state=Question.State.ANSWERED).count()
    heard = broadcast.relays.exclude(first_heard_at=None).count()
    minutes = max(round(broadcast.media_t / UNITS_PER_SECOND / 60), 1)
    return _("讲了 %(minutes)s 分钟，%(clips)s 条语音，答了 %(answered)s 问，%(heard)s 群听到。") % {
        "minutes": minutes,
        "clips": clips,
        "answered": answered,
        "heard": heard,
    }
