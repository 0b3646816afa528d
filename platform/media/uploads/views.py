"""Uploading, for the browser's script: JSON in and out, and the parts themselves where this server takes them."""

from collections.abc import Callable
from functools import wraps
from typing import IO, Any, cast
from uuid import UUID

from django.http import Http404, HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from media.errors import CutShort, Incomplete, MediaRefused, Missing, Over, StoreUnreachable, UploadRefused
from media.models import Asset, Upload
from media.uploads import services
from media.uploads.finishing import finish_upload, missing_parts
from media.uploads.names import media_called, place_of, title_of
from web.limits import Limit, TooMany, spend
from web.sent import parsed

PERMISSION = "media.add_asset"
BY_PERSON = Limit("upload-person", most=3000, seconds=60)  # 8 MiB each, faster than any line
BY_ADDRESS = Limit("upload-address", most=60, seconds=60)
BEGINNING = Limit("upload-begin", most=300, seconds=600)
LINKS = 50  # asked for at once
REFUSALS: dict[type[Exception], tuple[str, int]] = {  # the first that fits
    TooMany: ("slower", 429),
    Http404: ("gone", 404),
    Missing: ("gone", 404),
    Incomplete: ("incomplete", 409),
    Over: ("over", 409),
    UploadRefused: ("refused", 400),
    MediaRefused: ("content", 422),
    CutShort: ("cut", 400),
    StoreUnreachable: ("store", 503),
}
Face = Callable[..., JsonResponse]


def _for_editors(*methods: str) -> Callable[[Face], Face]:
    """Each refusal becomes its status and its sentence."""

    def decorate(view: Face) -> Face:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
            try:
                spend(request, person=BY_PERSON, address=BY_ADDRESS)
                return _keep_out(request) or view(request, *args, **kwargs)
            except tuple(REFUSALS) as refusal:
                return _answer(refusal)

        return never_cache(require_http_methods(methods)(wrapped))

    return decorate


def _keep_out(request: HttpRequest) -> JsonResponse | None:
    if not request.user.is_authenticated:
        return _refusal("login", _("请先登录，再继续上传。"), 401)
    if not (request.user.is_staff and request.user.has_perm(PERMISSION)):
        return _refusal("staff", _("只有编辑可以上传素材。"), 403)
    return None


def _answer(refusal: Exception) -> JsonResponse:
    name, status = next(known for kind, known in REFUSALS.items() if isinstance(refusal, kind))
    response = _refusal(getattr(refusal, "name", name), _sentence(refusal), status)
    if wait := getattr(refusal, "retry_after", 10 if status == 503 else 0):
        response["Retry-After"] = str(wait)
    return response


def _refusal(name: str, sentence: str, status: int) -> JsonResponse:
    return JsonResponse({"name": name, "error": sentence}, status=status)


def _sentence(refusal: Exception) -> str:
    if isinstance(refusal, TooMany):
        return refusal.sentence
    if isinstance(refusal, StoreUnreachable):
        return _("存储暂时连不上，请过一会儿再试。")
    if isinstance(refusal, (Http404, Missing)):
        return _("找不到这次上传。请重新选择文件。")
    return str(refusal)


@_for_editors("GET", "POST")
def uploads(request: HttpRequest) -> JsonResponse:
    """GET: what of mine is unfinished. POST a file's facts: the upload to send its parts to."""
    by = cast(User, request.user)
    if request.method == "GET":
        mine = Upload.objects.of(by).unfinished().order_by("created_at", "pk")
        return JsonResponse({"uploads": [shown(upload) for upload in mine]})
    BEGINNING.spend(by.pk)
    upload = services.begin_upload(by=by, **_facts(request))
    return JsonResponse(_with_missing(upload), status=201)


def _facts(request: HttpRequest) -> dict[str, Any]:
    told = _told(request)
    words = {name: str(told.get(name, "")) for name in ("filename", "fingerprint", "mime")}
    size = told.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or size >= 1 << 53:
        raise UploadRefused(_("没有说明文件有多大。"))
    return {**words, "size": size}


def _told(request: HttpRequest) -> dict[str, Any]:
    try:
        value = parsed(request.body or b"{}")
    except ValueError as error:
        raise UploadRefused(_("读不懂这个请求。")) from error
    if not isinstance(value, dict):
        raise UploadRefused(_("读不懂这个请求。"))
    return value


@_for_editors("GET", "DELETE")
def upload(request: HttpRequest, uuid: UUID) -> JsonResponse:
    """How it is, with what is still missing of it; or give it up."""
    found = _found(request, uuid)
    if request.method == "DELETE":
        return JsonResponse(shown(services.give_up(upload=found)))
    return JsonResponse(_with_missing(found))


def _with_missing(upload: Upload) -> dict[str, Any]:
    return shown(upload) | {"missing": missing_parts(upload) if upload.state == Upload.State.SENDING else []}


@_for_editors("POST")
def links(request: HttpRequest, uuid: UUID) -> JsonResponse:
    """Where to PUT parts: `{"numbers": [1, 2]}`."""
    found, numbers = _found(request, uuid), _told(request).get("numbers")
    if not isinstance(numbers, list) or not all(type(number) is int for number in numbers) or len(numbers) > LINKS:
        raise UploadRefused(_("读不懂这个请求。"))
    given = services.part_links(upload=found, numbers=numbers)
    return JsonResponse({"links": {number: link or _our_door(found, number) for number, link in given.items()}})


def _our_door(upload: Upload, number: int) -> str:
    return reverse("media:upload_part", args=[upload.uuid, number])


@_for_editors("PUT")
def part(request: HttpRequest, uuid: UUID, number: int) -> JsonResponse:
    """One part, as the body."""
    size = request.META.get("CONTENT_LENGTH") or "0"
    data = cast(IO[bytes], request)
    taken = services.take_part(upload=_found(request, uuid), number=number, data=data, size=int(size))
    return JsonResponse({"number": taken.number, "size": taken.size})


@_for_editors("POST")
def finish(request: HttpRequest, uuid: UUID) -> JsonResponse:
    return JsonResponse(shown(finish_upload(upload=_found(request, uuid))))


def _found(request: HttpRequest, uuid: UUID) -> Upload:
    """Another's upload does not exist."""
    mine = Upload.objects.of(cast(User, request.user)).select_related("asset")
    return get_object_or_404(mine, uuid=uuid)


def shown(upload: Upload) -> dict[str, Any]:
    """What the script knows of one; `place` sorts as text, `title` is what its name tells."""
    return {
        "uuid": str(upload.uuid),
        "filename": upload.filename,
        "size": upload.size,
        "fingerprint": upload.fingerprint,
        "part_size": upload.part_size,
        "state": upload.state,
        "error": upload.error,
        "title": title_of(upload.filename),
        "place": place_of(upload.filename),
        "asset": _asset(upload),
    }


def _asset(upload: Upload) -> dict[str, Any] | None:
    asset = upload.asset
    if not asset:
        return None
    forms = [
        {"name": row.name, "state": row.state, "error": row.error, "progress": row.progress}
        for row in asset.renditions.all()
    ]
    said = media_called(upload.filename)
    is_other = bool(said) and asset.kind not in {Asset.Kind.AUDIO, Asset.Kind.VIDEO}  # a film without pictures is fine
    label = asset.get_kind_display()
    if is_other:
        label = _("名字像%(said)s，里面是%(found)s") % {"said": Asset.Kind(said).label, "found": label}
    facts = {"id": asset.pk, "kind": asset.kind, "mime": asset.mime, "label": label, "is_other": is_other}
    return {**facts, "url": asset.url, "forms": forms}
