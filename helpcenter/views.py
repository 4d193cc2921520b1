"""The first page. Articles, search and the requester's own pages come here."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "helpcenter/home.html")
