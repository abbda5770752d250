# Needs https://just.systems; each line can be typed by hand. The environment is README.md's.

test:
    .venv/bin/python -m pytest

lint:
    .ci/lint

types:
    .ci/types

reproduce *flags:
    .venv/bin/python reproduce.py {{flags}}

report:
    .venv/bin/python models/cards.py
    .venv/bin/python informe/build.py
