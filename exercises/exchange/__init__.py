"""The library leaves and comes in: archives of Holdwell's own, and other people's collections (docs/rules.md 9).

```
facts.py archive.py          rows → JSON → ZIP        library.schema.json schema.py     what a file of it may say
opening.py                   a strange ZIP or JSON text, looked at before anything of it is believed
entries.py checking.py       entries held against the library: new, same, changed, conflicting, refused
writing.py restoring.py      what was checked is written in one transaction, as drafts or as it was
free_exercise_db.py          the reader of another collection
jobs.py                      all of this as work that is a row; views.py forms.py  its pages
```
"""
