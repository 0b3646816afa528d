"""What of allauth this school uses: no passwords, no second addresses, so no pages for them.

The names are the ones allauth looks up, hence no namespace.
"""

from allauth.account import views as allauth_views
from django.urls import path

from accounts.views.door import AskCode, TypeCode, old_way
from web.limits import calmly

ask_code = AskCode.as_view()
type_code = calmly(TypeCode.as_view())

urlpatterns = [
    path("login/", ask_code, name="account_request_login_code"),
    path("login/", ask_code, name="account_login"),
    path("login/code/", old_way),
    path("login/code/confirm/", type_code, name="account_confirm_login_code"),
    path("signup/", old_way, name="account_signup"),
    path("logout/", allauth_views.logout, name="account_logout"),
    path("inactive/", allauth_views.account_inactive, name="account_inactive"),
]
