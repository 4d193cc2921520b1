"""Where Wagtail looks for hooks; they stand in `helpcenter.cms` and `helpcenter.search.report`."""

from helpcenter import cms as cms
from helpcenter.search import report as report
