"""Static files under names that carry a digest of their content, so that they can be cached for ever."""

from django.contrib.staticfiles.storage import HashedFilesMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    # ES modules import each other by name; those names must carry the digest as well.
    support_js_module_import_aggregation = True
    # Only our own: a library's script may name modules (in a comment, or for a bundler) that are no files here.
    _js_module_import_aggregation_patterns = (
        "js/*.js",
        HashedFilesMixin._js_module_import_aggregation_patterns[1],  # type: ignore[attr-defined]
    )
