"""A receipt as PDF (A4). It states what was paid; it is not a tax invoice, and says so."""

from io import BytesIO

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from payments.models import Invoice, Order, Refund
from web.templatetags.web import money

FONT = "STSong-Light"  # a font every PDF reader that shows Chinese brings along
LEFT, RIGHT, TOP = 25 * mm, A4[0] - 25 * mm, A4[1] - 30 * mm
Row = tuple[str, str]


def receipt(order: Order) -> bytes:
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    file = BytesIO()
    canvas = Canvas(file, pagesize=A4, invariant=True)
    canvas.setTitle(f"{_('收据')} {order.number}")
    canvas.setFont(FONT, 22)
    canvas.drawString(LEFT, TOP, _("收据"))
    below = _rows(canvas, TOP - 18 * mm, _facts(order))
    below = _rows(canvas, below - 6 * mm, _lines(order))
    canvas.setFont(FONT, 9)
    canvas.drawString(LEFT, below - 10 * mm, _("这是付款凭证，不是税务发票。"))
    canvas.save()
    return file.getvalue()


def _rows(canvas: Canvas, top: float, rows: list[Row]) -> float:
    """Each pair on a line of its own; answers where the next may begin."""
    canvas.setFont(FONT, 11)
    for label, value in rows:
        canvas.drawString(LEFT, top, _cut(label, RIGHT - LEFT - 60 * mm))
        canvas.drawRightString(RIGHT, top, _cut(value, 115 * mm))
        canvas.setLineWidth(0.2)
        canvas.line(LEFT, top - 2.5 * mm, RIGHT, top - 2.5 * mm)
        top -= 8 * mm
    return top


def _cut(text: str, width: float) -> str:
    """As much of the text as fits on the line."""
    while text and pdfmetrics.stringWidth(text, FONT, 11) > width:
        text = text[:-2] + "…" if len(text) > 2 else ""
    return text


def _facts(order: Order) -> list[Row]:
    paid_at = timezone.localtime(order.paid_at) if order.paid_at else None
    invoice = Invoice.objects.filter(order=order).first()
    buyer = invoice.title if invoice else order.person.display_name
    rows = [
        (_("收款方"), settings.WAGTAIL_SITE_NAME),
        (_("付款方"), buyer),
        (_("订单号"), str(order.number)),
        (_("商品"), order.title),
        (_("支付时间"), date_format(paid_at, "Y-m-d H:i") if paid_at else ""),
    ]
    return rows + ([(_("税号"), invoice.tax_number)] if invoice and invoice.tax_number else [])


def _lines(order: Order) -> list[Row]:
    given = Refund.objects.done().filter(payment__order=order, payment__state="succeeded").total()
    rows = [(line["label"], money(line["amount"], order.currency)) for line in order.breakdown]
    rows.append((_("合计"), money(order.amount, order.currency)))
    return rows + ([(_("已退款"), money(-given, order.currency))] if given else [])
