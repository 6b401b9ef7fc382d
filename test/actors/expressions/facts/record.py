#!/usr/bin/python3
"""Records what Mistral's own engines make of the expressions in this folder.

    /usr/bin/python3 record.py yaql.jsonl jinja.jsonl recursive.jsonl validate.jsonl

It needs Mistral as Debian's python3-mistral has it (15.0.0; yaql 2.0.0, Jinja2 3.1.2, PyYAML 6.0). Each line is
a fact: "expression", "data" (none: {}), and "value" in stored form, or "error": true. In validate.jsonl it is
"valid". To add facts, add lines without an outcome and run it: every outcome is recorded anew. Expressions whose
value is not the same each time (a set of several texts, the address of an object, a time) are left out.
"""
import collections.abc as abc
import datetime
import itertools
import json
import logging
import os
import signal
import sys
import warnings

warnings.simplefilter('ignore')
logging.disable(logging.CRITICAL)
os.environ['TZ'] = 'UTC'

import jinja2  # noqa: E402
from mistral import config  # noqa: E402,F401
from mistral import expressions  # noqa: E402
from oslo_config import cfg  # noqa: E402
from oslo_serialization import jsonutils  # noqa: E402

cfg.CONF([], project='mistral', default_config_files=[])
SECONDS = 5


class NoFact(Exception):
    """There is a value, but not the same each time."""


def stored(value, depth=0):
    """What a workflow keeps of a value: `reference/expressions.md`, section 8."""
    if depth > 300:
        raise RecursionError
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (str, int, float)):
        kind = next(kind for kind in (str, int, float) if isinstance(value, kind))
        if kind is str and ' at 0x' in value.lower():
            raise NoFact
        return kind(value)
    if isinstance(value, abc.Mapping):
        return {key(k): stored(v, depth + 1) for k, v in value.items()}
    if isinstance(value, jinja2.Undefined):
        if depth and isinstance(value, jinja2.StrictUndefined):
            raise TypeError('undefined')
        return None
    if isinstance(value, datetime.datetime):
        return jsonutils.to_primitive(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, (list, tuple, abc.Iterator, abc.Set, abc.ValuesView, range)):
        items = [stored(item, depth + 1) for item in itertools.islice(value, 200000)]
        if isinstance(value, abc.Set) and len(items) > 1:
            if not all(type(item) is int for item in items):
                raise NoFact
        return items
    raise TypeError(type(value))


def key(value):
    if isinstance(value, str):
        return str(value)
    if value is None or isinstance(value, (bool, int, float)):
        return json.dumps(value)
    if isinstance(value, (datetime.datetime, datetime.date)):
        return stored(value)
    raise TypeError(type(value))


def evaluate(expression, data):
    """As `evaluate_recursively`, but over data that is empty, too, as the HTTP door does."""
    if data:
        return expressions.evaluate_recursively(expression, data)
    if isinstance(expression, dict):
        return {k: evaluate(v, data) for k, v in expression.items()}
    if isinstance(expression, list):
        return [evaluate(item, data) for item in expression]
    return expressions.evaluate(expression, data)


def outcome(fact, validates):
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        if validates:
            expressions.validate(fact['expression'])
            return {'valid': True}
        data = json.loads(json.dumps(fact.get('data', {})))
        return {'value': stored(evaluate(fact['expression'], data))}
    except (NoFact, TimeoutError, MemoryError):
        return None
    except Exception:
        return {'valid': False} if validates else {'error': True}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def record(path):
    with open(path, encoding='utf-8') as file:
        facts = [json.loads(line) for line in file if line.strip()]
    with open(path, 'w', encoding='utf-8') as file:
        for fact in facts:
            asked = {name: fact[name] for name in ('expression', 'data') if name in fact}
            found = outcome(asked, 'validate' in os.path.basename(path))
            if found is not None:
                line = json.dumps({**asked, **found}, ensure_ascii=False, separators=(',', ':'))
                file.write(line.replace('\u2028', '\\u2028').replace('\x85', '\\u0085') + '\n')


def too_slow(*_):
    raise TimeoutError


if __name__ == '__main__':
    signal.signal(signal.SIGALRM, too_slow)
    for path in sys.argv[1:]:
        record(path)
