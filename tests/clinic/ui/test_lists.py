"""Things in a row, with the comma of the language."""

import re
from pathlib import Path

from django.conf import settings
from django.template import engines
from django.utils import translation

from clinic.ui.lists import listed


def test_arabic_has_a_comma_of_its_own_in_code_and_templates() -> None:
    template = engines["django"].from_string("{{ parts|listed }}{% comma %}c")
    for language, said in (("en", "a, b, c"), ("de", "a, b, c"), ("es", "a, b, c"), ("ar", "a، b، c")):
        with translation.override(language):
            assert listed("abc") == said
            assert template.render({"parts": ["a", "b"]}) == said


def test_no_template_writes_a_comma_between_what_it_puts_in() -> None:
    text = re.compile(r"{% blocktranslate.*?{% endblocktranslate %}", re.DOTALL)
    between = re.compile(r"""[}%]}(</\w+>)?, (<\w+[^>]*>)?\{[{%]|join:", """)
    written = [
        path.name
        for path in sorted((Path(settings.BASE_DIR) / "templates").rglob("*.*"))
        if between.search(text.sub("{% text %}", path.read_text()))
    ]
    assert written == []
