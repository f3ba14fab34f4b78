"""The pages on which curators write, draw, translate, review and retire what the library says (docs/rules.md 9).

Pages, their forms, and what they are made of between two requests. The rules and verbs stand a floor below, in
`exercises`, where the API and the files that come in use them too.
"""
