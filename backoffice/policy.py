"""What browsers may load and run on which pages (Content-Security-Policy).

Our own pages: only what comes from here, and no script or style within the page, so that words of people which should
ever get through unescaped stay words. Unfold's back office (Alpine) and Wagtail's /cms/ need more (stack.md).
"""

from __future__ import annotations

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest, HttpResponseBase

OURS = {
    "default-src": [NONE],
    "script-src": [SELF],
    "style-src": [SELF],
    "img-src": [SELF, "data:"],
    "font-src": [SELF],
    "connect-src": [SELF],
    "form-action": [SELF],
    "base-uri": [NONE],
    "frame-ancestors": [NONE],
    "manifest-src": [SELF],
}

_BACK_OFFICE = {"script-src": [SELF, UNSAFE_EVAL, UNSAFE_INLINE], "style-src": [SELF, UNSAFE_INLINE]}
#: Pictures chosen for upload are shown before they are sent (blob:).
_CMS = {**_BACK_OFFICE, "img-src": [SELF, "data:", "blob:"], "frame-src": [SELF], "frame-ancestors": [SELF]}
_PREVIEW = {"frame-ancestors": [SELF]}


class PolicyMiddleware(CSPMiddleware):
    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if parts.replace is None:
            if getattr(request, "is_preview", False):
                # A page of ours, shown within the editor of /cms/ (Wagtail asks for it by a request of its own).
                parts.replace = _PREVIEW
            elif request.path_info.startswith("/admin/"):
                parts.replace = _BACK_OFFICE
            elif request.path_info.startswith("/cms/"):
                parts.replace = _CMS
        return parts
