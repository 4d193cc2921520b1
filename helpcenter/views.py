"""The pages of the help center, as Wagtail keeps them, found by one query each."""

from __future__ import annotations

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from wagtail.models import Page, Site

from helpcenter import kept_pages, seeing, showing
from helpcenter.addresses import DEPTH_OF_HOME

#: Longer addresses belong to nobody.
PATH_MOST = 1000


def home(request: HttpRequest) -> HttpResponseBase:
    return page(request, "")


def page(request: HttpRequest, path: str) -> HttpResponseBase:
    """A page by its address. Drafts and what is not there answer alike. A private one leads strangers to the sign-in;
    to those whom it is not meant for it is not there.

    Wagtail's own view walks down the tree, two queries a step, and its hook for private pages wants a sign-in page of
    Wagtail's.
    """
    if len(path) > PATH_MOST:
        raise Http404
    key = kept_pages.key_for(request, path)
    kept = showing.served_before(key, request) if key else None
    if kept is not None:
        return kept
    site = Site.find_for_request(request)
    if site is None:
        raise Http404
    url_path = f"{site.root_page.url_path}{path}"
    found = Page.objects.filter(url_path=url_path, live=True, depth__gte=DEPTH_OF_HOME).first()
    if found is None:
        raise Http404
    if seeing.is_hidden(found, request):
        if request.user.is_authenticated:
            raise Http404
        return redirect_to_login(request.get_full_path(), reverse("account_login"))
    response: HttpResponseBase = found.specific.serve(request, key=key)
    return response
