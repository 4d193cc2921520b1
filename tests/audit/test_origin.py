"""Where a change comes from: the address can't be forged, and what a request writes can be traced to it."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from audit import origin
from audit.middleware import OriginMiddleware, client_address


def request_from(remote: str, forwarded: str | None = None):
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return RequestFactory().get("/", REMOTE_ADDR=remote, **headers)


def test_without_proxies_a_forwarded_header_is_not_believed(settings):
    settings.TRUSTED_PROXY_COUNT = 0
    assert client_address(request_from("198.51.100.7", "203.0.113.9")) == "198.51.100.7"


def test_behind_one_proxy_only_the_last_hop_counts(settings):
    settings.TRUSTED_PROXY_COUNT = 1
    assert client_address(request_from("10.0.0.1", "1.2.3.4, 203.0.113.9")) == "203.0.113.9"


def test_behind_two_proxies_the_second_last_hop_counts(settings):
    settings.TRUSTED_PROXY_COUNT = 2
    assert client_address(request_from("10.0.0.1", "1.2.3.4, 203.0.113.9, 10.0.0.2")) == "203.0.113.9"


def test_a_request_that_went_around_the_proxies_counts_with_its_own_address(settings):
    settings.TRUSTED_PROXY_COUNT = 2
    assert client_address(request_from("198.51.100.7", "203.0.113.9")) == "198.51.100.7"


@pytest.mark.parametrize("nonsense", ["unknown", "'; DROP TABLE", "999.1.1.1", "", "<script>"])
def test_what_is_no_address_is_none(settings, nonsense):
    settings.TRUSTED_PROXY_COUNT = 1
    assert client_address(request_from("10.0.0.1", nonsense)) is None


def test_the_origin_holds_inside_the_request_and_no_longer():
    seen = []

    def view(request):
        seen.append(origin.current())
        return HttpResponse()

    request = RequestFactory().get("/", REMOTE_ADDR="198.51.100.7", HTTP_USER_AGENT="Mozilla " + "x" * 500)
    response = OriginMiddleware(view)(request)
    assert seen[0].ip_address == "198.51.100.7"
    assert len(seen[0].user_agent) == origin.USER_AGENT_LENGTH
    assert response["X-Request-ID"] == seen[0].request_id != ""
    assert origin.current() == origin.Origin()


def test_two_requests_have_two_ids():
    ids = {
        OriginMiddleware(lambda request: HttpResponse())(RequestFactory().get("/"))["X-Request-ID"] for _ in range(2)
    }
    assert len(ids) == 2
