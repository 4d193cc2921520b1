"""Names that have broken other programs."""

NAMES_KEPT = [
    "O'Brien-Smith", "Null", "undefined", "true", "None", "0", "1/0", "Robert'); DROP TABLE people_employee;--",
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "{{ settings.SECRET_KEY }}", "{% load x %}",
    "%s%n%d",
       "%(name)s", "${7*7}", "=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2", "../../etc/passwd",
    "\\\\server\\share",
    "José", "Jose\u0301", "Zoë", "Łukasz", "Đặng", "İstanbul", "ß", "山田太郎", "김철수", "مُحَمَّد", "שָׁלוֹם",
    "अर्जुन",
    "Ωμέγα",    "👩‍👩‍👧‍👦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "نمی‌خواهم", "Z̸̢͝a̷̧l̶g̷o", "ﷺ", "x" * 100, "a  b",
    "\uff26\uff55\uff4c\uff4c", "i\u0307", "\u1e9e", ".", "-",
]  # fmt: skip

NAMES_REFUSED = [
    "", " ", "\u00a0", "\u200b", "\u200d\u200d", "\u3000", "\ufeff", "\u202e",
    "a\x00b", "a\nb", "a\r\nBcc: eve@example.com", "a\tb",
    "a\x1b[31mb", "a\x7fb", "a\u2028b", "\ufffea", "\ud800", "x" * 101, "x" * 100_000, None, 7, b"Ada", ["Ada"],
]  # fmt: skip
