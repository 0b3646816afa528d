"""How a value of each kind is read from a row, taken from a file and put onto a row again."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_datetime, parse_duration
from django.utils.duration import duration_iso_string
from django.utils.translation import gettext as _

from cms.carrying import blocks, richtext
from cms.carrying.facts import Thing
from cms.carrying.hands import Hands, Taking
from cms.carrying.lookups import picture, recording
from cms.carrying.problems import Place
from cms.models import Subject
from media.models import Asset


class Codec(Protocol):
    def read(self, one: Any, field: Any) -> Any:
        """The value as it is now."""

    def take(self, raw: Any, field: Any, place: Place, taking: Taking) -> Any:
        """The value a file gives, checked; what is wrong is said at the place."""

    def put(self, one: Any, field: Any, value: Any, hands: Hands) -> None:
        """The value onto the row."""


class Plain:
    """Texts, numbers, yes and no."""

    def read(self, one: Any, field: Any) -> Any:
        return self.shown(getattr(one, field.attname), field)

    def shown(self, value: Any, field: Any) -> Any:
        return value

    def take(self, raw: Any, field: Any, place: Place, taking: Taking) -> Any:
        if raw is None or raw == "":
            return self.shown(_nothing(field), field)
        try:
            return self.shown(field.clean(self.told(raw, field), None), field)
        except ValidationError as error:
            place.wrong(" ".join(error.messages))
        except (TypeError, ValueError, ArithmeticError):
            place.wrong(_("这个值看不懂：%(value)s。") % {"value": str(raw)[:60]})
        return None

    def told(self, raw: Any, field: Any) -> Any:
        if isinstance(raw, (dict, list)) and field.get_internal_type() != "JSONField":
            raise ValueError
        return str(raw) if field.get_internal_type() in {"CharField", "TextField", "SlugField"} else raw

    def put(self, one: Any, field: Any, value: Any, hands: Hands) -> None:
        setattr(one, field.name, _nothing(field) if value is None else field.to_python(value))


class Money(Plain):
    """Exact, with all its places."""

    def shown(self, value: Any, field: Any) -> Any:
        return None if value is None else f"{Decimal(value):.{field.decimal_places}f}"

    def told(self, raw: Any, field: Any) -> Any:
        return str(raw)


class Moment(Plain):
    """A date and a time with its zone; without one, the school's."""

    def shown(self, value: Any, field: Any) -> Any:
        return None if value is None else timezone.localtime(value).isoformat()

    def told(self, raw: Any, field: Any) -> Any:
        found = parse_datetime(str(raw).strip().replace("/", "-"))
        if found is None:
            raise ValueError
        return found if timezone.is_aware(found) else timezone.make_aware(found)

    def put(self, one: Any, field: Any, value: Any, hands: Hands) -> None:
        setattr(one, field.name, datetime.fromisoformat(value) if value else None)


class Day(Plain):
    """A date, or a time of day."""

    def shown(self, value: Any, field: Any) -> Any:
        return None if value is None else value.isoformat()


class Span(Plain):
    """How long, as ISO 8601 writes it."""

    def shown(self, value: timedelta | None, field: Any) -> Any:
        return None if value is None else duration_iso_string(value)

    def told(self, raw: Any, field: Any) -> Any:
        found = parse_duration(str(raw))
        if found is None:
            raise ValueError
        return found


class Rich(Plain):
    """Rich text in a field of its own."""

    def read(self, one: Any, field: Any) -> Any:
        return richtext.carried(getattr(one, field.attname))

    def take(self, raw: Any, field: Any, place: Place, taking: Taking) -> Any:
        return blocks.marked(raw, place, taking)

    def put(self, one: Any, field: Any, value: Any, hands: Hands) -> None:
        setattr(one, field.name, richtext.settled(value or "", hands.page))


class Body:
    """A StreamField: a list of blocks."""

    def read(self, one: Any, field: Any) -> Any:
        return blocks.read(field.stream_block, list(getattr(one, field.name).raw_data))

    def take(self, raw: Any, field: Any, place: Place, taking: Taking) -> Any:
        return blocks.take(field.stream_block, raw or [], place, taking)

    def put(self, one: Any, field: Any, value: Any, hands: Hands) -> None:
        setattr(one, field.name, field.to_python(blocks.put(field.stream_block, value or [], hands)))


class Person:
    """Someone of the school, by e-mail; who is not here leaves the one who is there, or the one who carries it in."""

    def read(self, one: Any, field: Any) -> Any:
        person = getattr(one, field.name)
        return {"email": person.email, "name": person.name} if person else None

    def take(self, raw: Any, field: Any, place: Place, taking: Taking) -> Any:
        if raw is None and field.null:
            return None
        email = raw.get("email") if isinstance(raw, dict) else None
        if not isinstance(email, str):
            place.wrong(_('要写成 {"email": …}。'))
            return None
        found = taking.person(email)
        if found is None:
            place.note(
                _("这里没有邮箱是 %(email)s 的人。已有的课保持原来的，新课先记在导入的人名下。") % {"email": email[:80]}
            )
        return {"email": found.email, "name": found.name} if found else taking.stand_in(field.name)

    def put(self, one: Any, field: Any, value: Any, hands: Hands) -> None:
        setattr(one, field.name, hands.person(value["email"]) if value else None)


class Level:
    """A tier, by its slug."""

    def read(self, one: Any, field: Any) -> Any:
        tier = getattr(one, field.name)
        return {"slug": tier.slug, "name": tier.name} if tier else None

    def take(self, raw: Any, field: Any, place: Place, taking: Taking) -> Any:
        if raw is None:
            return None
        slug = raw.get("slug") if isinstance(raw, dict) else None
        found = taking.tier(slug) if isinstance(slug, str) else None
        if found is None:
            place.note(_("这里没有会员等级 %(slug)s，先空着。") % {"slug": str(slug)[:40]})
        return {"slug": found.slug, "name": found.name} if found else None

    def put(self, one: Any, field: Any, value: Any, hands: Hands) -> None:
        setattr(one, field.name, hands.tier(value["slug"]) if value else None)


class Recording:
    """An asset of the store, with its title and its transcript."""

    def read(self, one: Any, field: Any) -> Any:
        asset = getattr(one, field.name)
        return recording(asset) if asset else None

    def take(self, raw: Any, field: Any, place: Place, taking: Taking) -> Any:
        wanted = (field.get_limit_choices_to() or {}).get("kind", "")
        return taking.recording(raw, place, kinds=[wanted] if wanted else list(Asset.Kind.values))

    def put(self, one: Any, field: Any, value: Thing | None, hands: Hands) -> None:
        setattr(one, f"{field.name}_id", hands.row(value) if value else None)


class Picture:
    """A picture of the school's."""

    def read(self, one: Any, field: Any) -> Any:
        image = getattr(one, field.name)
        return picture(image) if image else None

    def take(self, raw: Any, field: Any, place: Place, taking: Taking) -> Any:
        return taking.picture(raw, place) if raw else None

    def put(self, one: Any, field: Any, value: Thing | None, hands: Hands) -> None:
        setattr(one, f"{field.name}_id", hands.row(value) if value else None)


class Lesson:
    """Another lesson page, by its lasting id."""

    def read(self, one: Any, field: Any) -> Any:
        page = getattr(one, field.name)
        return str(page.translation_key) if page else None

    def take(self, raw: Any, field: Any, place: Place, taking: Taking) -> Any:
        return taking.page(raw, place) if raw else None

    def put(self, one: Any, field: Any, value: str | None, hands: Hands) -> None:
        setattr(one, field.name, hands.lesson(value) if value else None)


class Subjects:
    """What a course is about, by name; a name that is new here becomes a subject."""

    def read(self, one: Any, field: Any) -> Any:
        return sorted(subject.name for subject in getattr(one, field.name).all())

    def take(self, raw: Any, field: Any, place: Place, taking: Taking) -> Any:
        most = Subject._meta.get_field("name").max_length or 0
        raw = [] if raw is None else raw
        if not isinstance(raw, list) or not all(isinstance(name, str) and 0 < len(name) <= most for name in raw):
            place.wrong(_("要写成一列名字，每个最多 %(most)s 个字。") % {"most": most})
            return []
        return sorted(set(raw))

    def put(self, one: Any, field: Any, value: Any, hands: Hands) -> None:
        setattr(one, field.name, [Subject.objects.get_or_create(name=name)[0] for name in value or []])


def _nothing(field: Any) -> Any:
    return None if field.null else field.get_default()


PLAIN, DECIMAL, MOMENT, DAY, SPAN = Plain(), Money(), Moment(), Day(), Span()
RICH, BODY, PERSON, TIER, RECORDING, PICTURE, LESSON, SUBJECTS = (
    Rich(),
    Body(),
    Person(),
    Level(),
    Recording(),
    Picture(),
    Lesson(),
    Subjects(),
)
