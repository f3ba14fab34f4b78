"""Every address of Holdwell. Each room lists its own pages; this page says where they hang."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("operate/", admin.site.urls),
]
