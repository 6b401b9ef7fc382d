"""Runs the mistral client for each line of standard input, a JSON array of an id and arguments.

Its modules take most of a second to load, so each run is a fork of a process that has them.
Answers with a line [id, exit code, standard output, standard error].
"""

import fcntl
import json
import os
import signal
import sys
import tempfile
import traceback

sys.argv = ["mistral"]
from mistralclient.shell import main


def run(args):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        try:
            code = main(args)
        except SystemExit as end:
            code = end.code
        except BaseException:
            traceback.print_exc()
            code = 1
        sys.stdout.flush()
        sys.stderr.flush()
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode())
        return [code if isinstance(code, int) else 0 if code is None else 1, *texts]


signal.signal(signal.SIGCHLD, signal.SIG_IGN)
answers = os.dup(1)
with tempfile.NamedTemporaryFile() as lock:
    for line in sys.stdin:
        number, *args = json.loads(line)
        if os.fork() > 0:
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        answer = json.dumps([number, *run(args)]).encode() + b"\n"
        # Opened anew: a lock on what a fork inherits would be shared.
        with open(lock.name) as own:
            fcntl.flock(own, fcntl.LOCK_EX)
            while answer:
                answer = answer[os.write(answers, answer):]
        os._exit(0)
