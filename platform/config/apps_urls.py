"""The apps' own addresses, in the order they are tried."""

urlpatterns: list[object] = []
