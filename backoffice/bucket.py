"""Files of people in an object store. By itself: its client takes ten megabytes in every process that loads it."""

from __future__ import annotations

from typing import Any

from storages.backends.s3 import S3Storage

from backoffice.storage import RandomKeys


class PrivateBucket(RandomKeys, S3Storage):
    """Objects in a bucket that nobody may list or read, but by a link signed for a few minutes."""

    def get_object_parameters(self, name: str) -> dict[str, Any]:
        # Whoever gets hold of a signed link gets a download, never a page that runs in the bucket's name.
        return {**super().get_object_parameters(name), "ContentDisposition": "attachment"}

    def check_reachable(self) -> None:
        """Raise what the client raises when the bucket does not answer, or not to us."""
        self.connection.meta.client.head_bucket(Bucket=self.bucket_name)
