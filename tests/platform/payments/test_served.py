"""A plan bought in a real school: the sandbox posts its notices over HTTP to the very process that is serving."""

import re
import urllib.parse
import urllib.request
from http.cookiejar import Cookie, CookieJar

import pytest

from membership.models import Grant
from payments.models import Order, SandboxNotice, WebhookEvent

pytestmark = pytest.mark.django_db(transaction=True)


class Browser:
    def __init__(self, site, session):
        self.site, jar = site, CookieJar()
        host = urllib.parse.urlsplit(site).hostname
        jar.set_cookie(
            Cookie(
                0, "sessionid", session, None, False, host, True, False, "/", True, False, None, True, None, None, {}
            )
        )
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

    def get(self, url):
        with self.opener.open(urllib.parse.urljoin(self.site, url), timeout=30) as answer:
            return answer.url, answer.read().decode()

    def submit(self, url, **fields):
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(url)[1])[1]
        data = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token}).encode()
        with self.opener.open(urllib.parse.urljoin(self.site, url), data, timeout=30) as answer:
            return answer.url, answer.read().decode()


def test_cat_buys_a_month_and_gives_it_back(school, login, cat, inner_plan):
    browser = Browser(school.start().url, login(cat).session.session_key)
    till, page = browser.submit(f"/pay/checkout/plan:{inner_plan.pk}/")
    assert "测试收银台" in page
    order, page = browser.submit(till, do="pay")
    assert "付好了" in page
    assert WebhookEvent.objects.get().event_id == SandboxNotice.objects.get(delivered_at__isnull=False).body["id"]
    assert Grant.objects.of(cat).in_force().filter(tier=inner_plan.tier).exists()
    assert "已全额退款" in browser.submit(order, do="refund")[1]
    assert not Grant.objects.of(cat).in_force().exists()
    assert Order.objects.get().state == Order.State.REFUNDED
    assert SandboxNotice.objects.filter(delivered_at__isnull=True).count() == 0
