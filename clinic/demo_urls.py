"""The demo's own addresses, under /demo/."""

from django.urls import path

from clinic import demo_views

app_name = "demo"
urlpatterns = [
    path("sign-in/", demo_views.sign_in, name="sign_in"),
    path("mailbox/", demo_views.letters, name="letters"),
    path("mailbox/<slug:letter_id>/", demo_views.letter, name="letter"),
    path("mailbox/<slug:letter_id>/html/", demo_views.letter_html, name="letter_html"),
    path("components/", demo_views.components, name="components"),
]
