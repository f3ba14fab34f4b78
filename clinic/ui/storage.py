"""Static files under names that carry a digest of their content, so that they can be cached for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    # ES modules import each other by name; those names must carry the digest as well.
    support_js_module_import_aggregation = True
