// WeChat's own payment sheet. Its answer only says what the buyer saw; whether money came is asked of the server.

const params = JSON.parse(document.getElementById("bridge")?.textContent ?? "{}");

/** @typedef {{ invoke: (name: string, params: object, done: (answer: { err_msg: string }) => void) => void }} Bridge */

const bridge = () => /** @type {{ WeixinJSBridge?: Bridge }} */ (window).WeixinJSBridge;

function pay() {
  bridge()?.invoke("getBrandWCPayRequest", params, () => {});
}

document.getElementById("pay")?.addEventListener("click", pay);
if (bridge()) pay();
else document.addEventListener("WeixinJSBridgeReady", pay, { once: true });
