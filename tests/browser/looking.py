"""What axe finds on a page, light and dark, on a phone and on a desk; and whether a page fits a narrow window."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WIDTHS = (320, 1280)
HEIGHT = 900
Found = dict[str, set[str]]

#: All rules of axe: WCAG 2.2 AA and what it calls good practice; and what other colours can break.
ALL_RULES: dict[str, Any] = {"resultTypes": ["violations"]}
COLOURS: dict[str, Any] = {**ALL_RULES, "runOnly": {"type": "rule", "values": ["color-contrast"]}}


def violations(page: Page, rules: dict[str, Any] = ALL_RULES) -> Found:
    """Rule → where; empty is well. On a phone and on a desk, in the colours that the page has."""
    found: Found = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        if not page.evaluate("'axe' in window"):
            page.evaluate(Axe().axe_script)
        for violation in page.evaluate("options => axe.run(options).then(found => found.violations)", rules):
            where = {f"{width} px: {node['html'][:160]}" for node in violation["nodes"]}
            found.setdefault(violation["id"], set()).update(where)
    return found


def violations_light_and_dark(page: Page) -> Found:
    """The same in both colours, for pages that change theirs with the system's."""
    found = violations(page)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    for rule, where in violations(page, COLOURS).items():
        found.setdefault(rule, set()).update(f"dark: {each}" for each in where)
    page.emulate_media(color_scheme="light")
    return found


def too_wide(page: Page, width: int = WIDTHS[0]) -> list[str]:
    """How wide the page is, and which elements reach out, when it is wider than a narrow window; empty is well."""
    page.set_viewport_size({"width": width, "height": HEIGHT})
    return page.evaluate(
        """() => {
            const {clientWidth: most, scrollWidth: needed} = document.documentElement;
            if (needed <= most) return [];
            const out = [...document.querySelectorAll("body *")]
                .filter(element => element.getBoundingClientRect().right > most + 1);
            return [`${needed} px`, ...out.map(element => element.outerHTML.slice(0, 160))];
        }"""
    )
