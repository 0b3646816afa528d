"""The bodies of pages, block by block, following their definition."""

from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from wagtail import blocks
from wagtail.documents import get_document_model
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images import get_image_model
from wagtail.images.blocks import ImageChooserBlock
from wagtail.models import Page

from cms.blocks import Shared
from cms.carrying import richtext
from cms.carrying.facts import Thing
from cms.carrying.hands import Hands, Taking
from cms.carrying.lookups import document, picture, recording
from cms.carrying.problems import Place
from cms.models import SharedText
from media.models import Asset

DEEPEST = 12


def read(block: Any, raw: Any) -> Any:
    """What the database holds, as facts."""
    if isinstance(block, blocks.StreamBlock):
        known = (part for part in raw or [] if part["type"] in block.child_blocks)
        return [_named(part, read(block.child_blocks[part["type"]], part["value"])) for part in known]
    if isinstance(block, blocks.StructBlock):
        return {name: read(child, (raw or {}).get(name)) for name, child in block.child_blocks.items()}
    if isinstance(block, blocks.ListBlock):
        return [_read_item(block.child_block, part) for part in raw or []]
    if isinstance(block, blocks.RichTextBlock):
        return richtext.carried(raw or "")
    if isinstance(block, blocks.ChooserBlock):
        return _chosen(block, raw) if raw else None
    return raw


def _named(part: dict[str, Any], value: Any) -> dict[str, Any]:
    named = {"type": part["type"], "value": value}
    return named | {"id": part["id"]} if part.get("id") else named


def _item(part: Any) -> Any:
    """List items with and without their wrapping."""
    return part["value"] if isinstance(part, dict) and part.get("type") == "item" and "value" in part else part


def _read_item(block: Any, part: Any) -> Any:
    """A group of values keeps the id of its item: the answers to a question name their choices by it."""
    value = read(block, _item(part))
    is_known = isinstance(block, blocks.StructBlock) and isinstance(part, dict) and part.get("type") == "item"
    return value | {"id": part["id"]} if is_known and part.get("id") else value


def _chosen(block: Any, number: int) -> Any:
    if isinstance(block, ImageChooserBlock):
        found = get_image_model().objects.filter(pk=number).first()
        return picture(found) if found else None
    if isinstance(block, DocumentChooserBlock):
        found = get_document_model().objects.filter(pk=number).first()
        return document(found) if found else None
    if isinstance(block, blocks.PageChooserBlock):
        found = Page.objects.filter(pk=number).first()
        return {"page": str(found.translation_key)} if found else None
    if isinstance(block, Shared):
        text = SharedText.objects.filter(pk=number).first()
        return {"shared": text.name} if text else None
    found = Asset.objects.filter(pk=number).first()
    return recording(found) if found else None


def take(block: Any, raw: Any, place: Place, taking: Taking, depth: int = 0) -> Any:
    """What a file gives, as facts; whatever does not fit is said at its place."""
    if depth > DEEPEST:
        place.wrong(_("套得太深了。"))
        return None
    if isinstance(block, blocks.StreamBlock):
        return _take_stream(block, raw, place, taking, depth)
    if isinstance(block, blocks.StructBlock):
        return _take_struct(block, raw, place, taking, depth)
    if isinstance(block, blocks.ListBlock):
        parts = enumerate(_list(raw, place))
        return [_take_item(block.child_block, part, place.at(n), taking, depth + 1) for n, part in parts]
    if isinstance(block, blocks.RichTextBlock):
        return marked(raw, place, taking)
    if isinstance(block, blocks.ChooserBlock):
        return _take_chosen(block, raw, place, taking) if raw else None
    return _take_leaf(block, raw, place)


def _list(raw: Any, place: Place) -> list[Any]:
    if isinstance(raw, list):
        return raw
    place.wrong(_("这里应该是一个列表。"))
    return []


def _take_stream(block: Any, raw: Any, place: Place, taking: Taking, depth: int) -> list[Any]:
    taken = []
    for number, part in enumerate(_list(raw, place)):
        here = place.at(number)
        child = block.child_blocks.get(part.get("type")) if isinstance(part, dict) else None
        if child is None:
            here.wrong(
                _("不认识的内容块：%(name)s。")
                % {"name": str(part.get("type") if isinstance(part, dict) else part)[:40]}
            )
            continue
        taken.append(
            _named({**part, "id": _id(part)}, take(child, part.get("value"), here.at("value"), taking, depth + 1))
        )
    return taken


def _take_item(block: Any, raw: Any, place: Place, taking: Taking, depth: int) -> Any:
    if not (isinstance(block, blocks.StructBlock) and isinstance(raw, dict)):
        return take(block, raw, place, taking, depth)
    value = take(block, {name: raw[name] for name in raw if name != "id"}, place, taking, depth)
    return value | ({"id": _id(raw)} if _id(raw) else {})


def _id(part: dict[str, Any]) -> str:
    found = part.get("id")
    return found if isinstance(found, str) and richtext.KEY.fullmatch(found) else ""


def _take_struct(block: Any, raw: Any, place: Place, taking: Taking, depth: int) -> dict[str, Any]:
    if not isinstance(raw, dict):
        place.wrong(_("这里应该是一组名字和值。"))
        return {}
    for name in raw.keys() - block.child_blocks.keys():
        place.wrong(_("不认识的字段：%(name)s。") % {"name": str(name)[:40]})
    known = block.child_blocks.items()
    return {name: take(child, raw.get(name, _start(child)), place.at(name), taking, depth + 1) for name, child in known}


def _start(child: Any) -> Any:
    if isinstance(child, (blocks.StreamBlock, blocks.ListBlock)):
        return []
    return {} if isinstance(child, blocks.StructBlock) else None


def marked(raw: Any, place: Place, taking: Taking) -> str:
    """Rich text with nothing in it that an editor could not make."""
    if not isinstance(raw, str | None):
        place.wrong(_("这里应该是文字。"))
        return ""
    text = raw or ""
    if strange := richtext.strange(text):
        place.note(_("去掉了不允许的标记：%(names)s。") % {"names": "、".join(strange)[:80]})
    clean = richtext.clean(text)
    for ref in richtext.refs(clean):
        taking.page(ref, place)
    return clean


def _take_leaf(block: Any, raw: Any, place: Place) -> Any:
    if raw is None or raw == "":
        return "" if isinstance(block, (blocks.CharBlock, blocks.TextBlock)) else None
    if isinstance(raw, (dict, list)) and isinstance(block, (blocks.CharBlock, blocks.TextBlock)):
        place.wrong(_("这里应该是文字。"))
        return None
    try:
        return block.get_prep_value(block.clean(block.to_python(raw)))
    except ValidationError as error:
        place.wrong(" ".join(error.messages))
    except (TypeError, ValueError, ArithmeticError, AttributeError, KeyError):
        place.wrong(_("这个值看不懂：%(value)s。") % {"value": str(raw)[:60]})
    return None


def _take_chosen(block: Any, raw: Any, place: Place, taking: Taking) -> Any:
    if isinstance(block, ImageChooserBlock):
        return taking.picture(raw, place)
    if isinstance(block, DocumentChooserBlock):
        return taking.document(raw, place)
    if isinstance(block, blocks.PageChooserBlock):
        ref = taking.page(raw.get("page") if isinstance(raw, dict) else raw, place)
        return {"page": ref} if ref else None
    if isinstance(block, Shared):
        return _take_shared(raw, place)
    return taking.recording(raw, place, kinds=list(Asset.Kind.values))


def _take_shared(raw: Any, place: Place) -> dict[str, str] | None:
    """By its name: the words themselves are the school's, and are not in the file."""
    name = str(raw.get("shared") if isinstance(raw, dict) else raw)
    if SharedText.objects.filter(name=name).exists():
        return {"shared": name}
    place.note(_("这里没有常用段落「%(name)s」，这一处会空着。") % {"name": name[:60]})
    return None


def put(block: Any, value: Any, hands: Hands) -> Any:
    """Facts, as the database holds them."""
    if isinstance(block, blocks.StreamBlock):
        return [_named(part, put(block.child_blocks[part["type"]], part["value"], hands)) for part in value]
    if isinstance(block, blocks.StructBlock):
        return {name: put(child, value.get(name, _start(child)), hands) for name, child in block.child_blocks.items()}
    if isinstance(block, blocks.ListBlock):
        return [_put_item(block.child_block, part, hands) for part in value or []]
    if isinstance(block, blocks.RichTextBlock):
        return richtext.settled(value or "", hands.page)
    if isinstance(block, blocks.ChooserBlock):
        return _found(value, hands)
    return value


def _put_item(block: Any, part: Any, hands: Hands) -> Any:
    """With an id from the beginning: without one Wagtail would make another each time it reads the page."""
    value = put(block, part, hands)
    if not isinstance(block, blocks.StructBlock):
        return value
    return {"type": "item", "id": part.get("id") or str(uuid4()), "value": value}


def _found(value: Any, hands: Hands) -> int | None:
    if isinstance(value, Thing):
        return hands.row(value)
    if value and "shared" in value:
        return SharedText.objects.filter(name=value["shared"]).values_list("pk", flat=True).first()
    page = hands.page(value["page"]) if value else None
    return page.pk if page else None


CARRIED = (blocks.StreamBlock, blocks.StructBlock, blocks.ListBlock)
CHOOSERS = (ImageChooserBlock, DocumentChooserBlock, blocks.PageChooserBlock)


def is_carried(block: Any) -> bool:
    """Whether this definition, and everything inside it, is one that can be carried."""
    if isinstance(block, blocks.ListBlock):
        return is_carried(block.child_block)
    if isinstance(block, CARRIED):
        return all(map(is_carried, block.child_blocks.values()))
    if isinstance(block, blocks.ChooserBlock):
        return isinstance(block, CHOOSERS) or block.target_model in (Asset, SharedText)
    return isinstance(block, blocks.FieldBlock) and not isinstance(block, blocks.RawHTMLBlock)
