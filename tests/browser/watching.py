"""What must not happen in a window, whatever a test does there."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Request, Response, WebError

#: What Chromium says of an answer from 400 up. For a page itself that may be meant (a form that comes back is a 422);
#: for what a page loads it is a fault, and noted when the answer comes.
ANSWERED_WITH_AN_ERROR = "Failed to load resource: the server responded with a status of"


class Watch:
    """Collects the faults of a context: errors on the console, exceptions, dialogs, broken files, other hosts."""

    def __init__(self, context: BrowserContext, site: str) -> None:
        self.faults: list[str] = []
        self._here = urlsplit(site).netloc
        context.on("console", self._said)
        context.on("weberror", self._broke)
        context.on("dialog", self._asked)
        context.on("request", self._went_out)
        context.on("response", self._answered)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(ANSWERED_WITH_AN_ERROR):
            self.faults.append(f"console: {message.text} ({message.location.get('url')})")

    def _broke(self, error: WebError) -> None:
        self.faults.append(f"exception: {error.error}")

    def _asked(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _went_out(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in {"data", "blob"} and address.netloc != self._here:
            self.faults.append(f"request to another host: {request.url}")

    def _answered(self, response: Response) -> None:
        is_page = response.request.is_navigation_request()
        if response.status >= (500 if is_page else 400):
            self.faults.append(f"{response.status} for {response.url}")
