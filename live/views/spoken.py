"""What a script asks of the live room over HTTP: JSON in, JSON out, one sentence when refused."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from live.errors import BadInput, Refused, SignIn, TooFast, Unavailable
from web.limits import TooMany
from web.sent import parsed

View = Callable[..., HttpResponse]


def spoken(view: View) -> View:
    """A `Refused` becomes its status and sentence."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Refused as refusal:
            return _refused(refusal)
        except TooMany as refusal:
            return _refused(TooFast(refusal.sentence, retry_after=refusal.retry_after))
        except OperationalError:
            return _refused(Unavailable())

    return wrapped


def spoken_post(view: View) -> View:
    """The same for what changes something: posted, and by signed-in people only."""

    @require_POST
    @spoken
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            raise SignIn
        return view(request, *args, **kwargs)

    return wrapped


def body_of(request: HttpRequest) -> dict[str, Any]:
    """The JSON object that was sent; raises `BadInput`."""
    try:
        value = parsed(request.body or b"{}")
    except ValueError:
        raise BadInput(_("收到的内容不是 JSON。")) from None
    if not isinstance(value, dict):
        raise BadInput
    return value


def _refused(refusal: Refused) -> JsonResponse:
    response = JsonResponse({"error": str(refusal.sentence), "code": refusal.code}, status=refusal.status)
    if isinstance(refusal, TooFast):
        response["Retry-After"] = str(refusal.retry_after)
    return response
