"""WeChat does not answer, or says no."""

import pytest
from at_wechat import DESKTOP, PHONE, by_both_keys, start

from payments import services
from payments.errors import ProviderRefused, ProviderUnreachable
from payments.providers.base import Scan
from payments.simulators.till import Reply
from payments.simulators.wechat import keys

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


NO_ANSWER = [
    Reply('{"code":"SYSTEM_ERROR","message":"系统错误"}', 500),
    Reply("<html>bad gateway</html>", 502, "text/html"),
    Reply("<html>captive portal</html>", 403, "text/html"),
    Reply('{"code":"FREQUENCY_LIMITED","message":"频率超限"}', 429),
    Reply('{"code":"SIGN_ERROR","message":"错误的签名，验签失败"}', 401),
    Reply('{"code_url":"http://elsewhere/"}', 200),
]


@pytest.mark.parametrize("reply", NO_ANSWER, ids=lambda reply: f"{reply.status} {reply.kind}")
def test_while_wechat_does_not_answer_nothing_is_known(order, till, reply):
    till.fail_next(reply)
    with pytest.raises(ProviderUnreachable):
        services.start_payment(order=order, visit=DESKTOP)
    assert isinstance(start(order)[0], Scan)


def test_when_the_line_is_down_cat_hears_so(order, till, settings):
    settings.WECHAT = {**settings.WECHAT, "api": "http://127.0.0.1:9"}
    with pytest.raises(ProviderUnreachable):
        services.start_payment(order=order, visit=DESKTOP)


@by_both_keys
def test_by_certificates_an_answer_that_is_not_wechats_is_not_believed(order, till, settings):
    if till.seal.is_bare:
        settings.WECHAT = {**settings.WECHAT, "public_key": keys.bare().public}
    else:
        settings.WECHAT = {**settings.WECHAT, "api_v3_key": "x" * 32}
    with pytest.raises(ProviderUnreachable):
        services.start_payment(order=order, visit=DESKTOP)


def test_a_clear_no_is_told_in_wechats_words(order, till):
    till.fail_next(Reply('{"code":"NO_AUTH","message":"商户号该产品权限未开通"}', 403))
    with pytest.raises(ProviderRefused, match="权限未开通"):
        services.start_payment(order=order, visit=PHONE)
