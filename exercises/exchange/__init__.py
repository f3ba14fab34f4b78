"""The library leaves and comes in: archives of Holdwell's own, and other people's collections (docs/rules.md 9).

```
facts.py archive.py                  rows → JSON → ZIP
library.schema.json schema.py        what a file of an archive may say, and what does not fit, in sentences
opening.py reading.py                a strange file, looked at before anything of it is believed; then as entries
free_exercise_db.py                  the entries of another collection
entries.py shelf.py checking.py      entries held against a library: new, same, changed, conflicting, refused
linking.py                           their variants, by the rule of `exercises.variants`
writing.py                           what was checked is written in one transaction, as drafts or as it was
media.py                             photos and films: packed by their content, looked at again before they are kept
taking.py                            from the file to the report and into the library; for commands and jobs alike
jobs.py views.py forms.py            all of it as work that is a row, and its pages (the API: exercises/api/exchange.py)
```
"""
