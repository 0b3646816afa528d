from django.http import Http404, HttpRequest, HttpResponse


def orders(request: HttpRequest) -> HttpResponse:
    raise Http404


def order(request: HttpRequest, number: str) -> HttpResponse:
    raise Http404
