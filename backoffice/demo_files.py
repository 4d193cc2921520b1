"""Small files for the demo's tickets, made here: each of the kind its name says."""

from __future__ import annotations

from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

LINES = {
    "error.txt": "10:41:07 connect vpn.example.com\n10:41:09 certificate has expired\n10:41:09 gave up after 3 tries\n",
    "costs.csv": "item,quantity,unit_cost\nStand,1,1200.00\nPosters,4,35.00\nTravel,2,180.00\n",
}
PICTURES = {
    "screen.png": ((640, 400), "#1c5f62", "Licence expired: please ask your administrator."),
    "leak.jpg": ((640, 480), "#7a8288", "Ceiling, second floor, kitchen"),
    "roof.jpg": ((640, 480), "#6b5a45", "Broken tiles, west side"),
    "badge.png": ((320, 200), "#1d4f91", "Door 4: access denied"),
}
PAGES = {
    "quote.pdf": "Quote 2041: 12 licences, 49.00 each",
    "contract.pdf": "Contract draft, version 3",
    "letter.pdf": "To whom it may concern",
}


def upload(name: str) -> SimpleUploadedFile:
    if name in LINES:
        return SimpleUploadedFile(name, LINES[name].encode())
    if name in PICTURES:
        return SimpleUploadedFile(name, _picture(name))
    return SimpleUploadedFile(name, _page(PAGES[name]))


def _picture(name: str) -> bytes:
    size, ground, words = PICTURES[name]
    picture = Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((24, 24, size[0] - 24, size[1] - 24), outline="#ffffff", width=2)
    draw.text((48, size[1] // 2), words, fill="#ffffff")
    stored = BytesIO()
    picture.save(stored, "JPEG" if name.endswith(".jpg") else "PNG")
    return stored.getvalue()


def _page(words: str) -> bytes:
    """A PDF of one page with one line, by hand: the offsets of its table are counted as it is written."""
    line = f"BT /F1 18 Tf 72 720 Td ({words}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(line), line),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    made, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    return (
        made
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table)
        + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, len(made))
    )
