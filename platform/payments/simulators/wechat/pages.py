"""What the buyer sees: WeChat's page after scanning, in a phone's browser, and in place of the sheet inside WeChat."""

from html import escape
from string import Template
from typing import Any

from payments.simulators.till import Reply, page

BRIDGE = Template("""
// WeixinJSBridge, as a page inside WeChat finds it. window.payAtTill(params), when a test has put it there, answers
// what came of it; otherwise the sheet is a page of the simulator's that leads back here.
(() => {
  const till = "$url";
  window.WeixinJSBridge = {
    invoke(name, params, done) {
      if (name !== "getBrandWCPayRequest") return done({ err_msg: name + ":fail_no permission" });
      if (window.payAtTill) return window.payAtTill(params).then((said) => done({ err_msg: name + ":" + said }));
      location.assign(till + "/sheet?" + new URLSearchParams({ ...params, redirect_url: location.href }));
    },
  };
  document.addEventListener("DOMContentLoaded", () => document.dispatchEvent(new Event("WeixinJSBridgeReady")));
})();
""")


def cashier(trade: dict[str, Any]) -> Reply:
    asked = trade["asked"]
    yuan = f"{asked['amount']['total'] / 100:.2f}"
    form = (
        f"<p>{escape(asked['description'])}</p><p><strong>¥{yuan}</strong></p><form method=post>"
        "<button class=go name=do value=pay>确认支付</button><button name=do value=decline>取消</button></form>"
    )
    return page("微信支付", form)


def said(sentence: str, *, status: int = 200) -> Reply:
    told = page("微信支付", f"<p>{escape(sentence)}</p>")
    return Reply(told.body, status, told.kind)


def redirect(url: str) -> Reply:
    return Reply(status=302, kind="text/html; charset=utf-8", headers={"Location": url})


def bridge(url: str) -> str:
    return BRIDGE.substitute(url=url)
