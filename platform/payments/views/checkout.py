from django.http import Http404, HttpRequest, HttpResponse


def checkout(request: HttpRequest, goods: str) -> HttpResponse:
    raise Http404
