"""Addresses of accounts."""

from django.contrib.auth import views as auth
from django.urls import path

from qianshou.accounts import views

app_name = "accounts"
urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", auth.LogoutView.as_view(), name="sign-out"),
    path("me/", views.me, name="me"),
    path("me/tokens/", views.create_token, name="create-token"),
    path("me/tokens/<uuid:token_id>/revoke/", views.revoke_token, name="revoke-token"),
    path("me/password/", views.ChangePassword.as_view(), name="password"),
    path("users/", views.users, name="users"),
    path("users/<uuid:user_id>/", views.user, name="user"),
    path("grants/<uuid:grant_id>/revoke/", views.revoke, name="revoke"),
]
