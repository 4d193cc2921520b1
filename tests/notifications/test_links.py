"""Addresses in e-mails come from SITE_URL and lead nowhere else."""

from __future__ import annotations

import pytest

from notifications.links import absolute


def test_a_path_is_on_this_site(settings):
    settings.SITE_URL = "https://help.example.org/"
    assert absolute("/my/tickets/TX0001/?a=b") == "https://help.example.org/my/tickets/TX0001/?a=b"


@pytest.mark.parametrize("path", ["", "my/", "//evil.example", "https://evil.example/", "/\\evil.example", ".evil/"])
def test_what_would_lead_elsewhere_is_refused(path):
    with pytest.raises(ValueError, match="Not a path"):
        absolute(path)
