from django.urls import path

from payments.providers.sandbox.views import cashier
from payments.providers.wechat.views import ask_openid
from payments.views.checkout import checkout
from payments.views.orders import order, orders, receipt
from payments.views.subscriptions import subscription
from payments.views.till import state, till
from payments.views.webhook import webhook

app_name = "payments"
urlpatterns = [
    path("checkout/<goods>/", checkout, name="checkout"),
    path("orders/", orders, name="orders"),
    path("orders/<uuid:number>/", order, name="order"),
    path("orders/<uuid:number>/receipt.pdf", receipt, name="receipt"),
    path("orders/<uuid:number>/till/", till, name="till"),
    path("orders/<uuid:number>/state/", state, name="state"),
    path("subscriptions/<int:number>/", subscription, name="subscription"),
    path("webhook/<slug:provider>/", webhook, name="webhook"),
    path("wechat/openid/<uuid:number>/", ask_openid, name="wechat_openid"),
    path("sandbox/<slug:reference>/", cashier, name="sandbox"),
]
