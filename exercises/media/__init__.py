"""Photos and films of a stretch (docs/rules.md 9).

sniffing.py     what a file is, by its first bytes
decoder.py      the only code that opens one: a program of its own, which can reach nothing
checking.py     runs it, and says in words what it found
captions.py     WebVTT: what is said in a film, as text
keeping.py      the verbs: add, describe, attach, move, detach, withdraw, remove; and tidying up
showing.py      who may see one, and what a page shows of a revision
serving.py      a file over HTTP, whole or in part
"""
