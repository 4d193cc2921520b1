"""What readers of articles ask besides the page: its pictures, and to say whether it helped."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from wagtail.models import Page, ReferenceIndex

from helpcenter import feedback, rights, seeing
from helpcenter.models import HelpImage, HelpRendition
from helpcenter.showing import answering
from helpcenter.words import address_of
from people.pages.limits import too_many

#: What renditions may be; the picture model takes no other kind in.
KINDS = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}
#: Seconds a browser, or a cache on the way, may keep a picture that everybody may see.
KEPT_FOR = 3600


@require_POST
def give_feedback(request: HttpRequest, page_id: int) -> HttpResponse:
    """Note the word and lead back. A no comes in two steps: the word at once, what was missing if they like."""
    page = get_object_or_404(answering(seeing.visible_pages(Page.objects.all(), request.user)), pk=page_id)
    slow_down = too_many(request, "article_feedback_of_person" if request.user.is_authenticated else "article_feedback")
    if slow_down is not None:
        return slow_down
    form = feedback.FeedbackForm(request.POST)
    if not form.is_valid():
        return render(request, "helpcenter/pages/feedback_refused.html", {"form": form, "page": page}, status=422)
    is_helpful, reason = form.cleaned_data["helpful"], form.cleaned_data["reason"].strip()
    response = redirect(f"{address_of(page.url_path)}#feedback")
    feedback.keep(page, request, response, is_helpful=is_helpful, reason=reason)
    if reason and not is_helpful:
        messages.success(request, _("Thank you. The people who write these pages will read it."))
    return response


@require_safe
def picture(request: HttpRequest, pk: int) -> HttpResponse:
    """A rendition of a picture: to everybody who may read a page that shows it, and to whoever writes pages.

    Files lie in the private storage, and there is no address that leads to them directly. That a page shows a picture
    is in Wagtail's index of references, which is kept when a page is published.
    """
    rendition = get_object_or_404(HelpRendition.objects.select_related("image"), pk=pk)
    is_public = _is_shown_to(rendition.image, None)
    if not is_public and not (_is_shown_to(rendition.image, request.user) or rights.may_edit(request.user)):
        raise Http404
    kind = KINDS.get(rendition.file.name.rpartition(".")[2].lower())
    if kind is None or not rendition.file.storage.exists(rendition.file.name):
        raise Http404
    tag = quote_etag(f"{rendition.pk}-{rendition.image.file_hash}")
    if request.headers.get("If-None-Match") == tag:
        response = HttpResponse(status=304)
    else:
        with rendition.file.open("rb") as file:
            # As a whole: a rendition is as large as an article shows it, and no larger.
            response = HttpResponse(file.read(), content_type=kind)
    response["ETag"] = tag
    response["Cache-Control"] = f"public, max-age={KEPT_FOR}" if is_public else "private, no-cache"
    # Opened by itself it is a picture and nothing else.
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Content-Disposition"] = "inline"
    return response


def _is_shown_to(image: HelpImage, user: object) -> bool:
    references = ReferenceIndex.get_references_to(image).values_list("object_id", flat=True)
    keys = [int(key) for key in references if key.isdecimal()]
    return bool(keys) and seeing.visible_pages(Page.objects.filter(pk__in=keys), user).exists()
