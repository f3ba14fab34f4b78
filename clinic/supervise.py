"""supervisord in the foreground, for `manage.py up`; run as a script, so that it stays small.

Three things are other than supervisord's own: a closed terminal stops everything instead of reloading, the
children end when their parent is killed, and the output works where it cannot be opened twice (a journal).
"""

import ctypes
import os
import signal
import subprocess
import sys
from typing import Any

from supervisor.medusa.asyncore_25 import ExitNow
from supervisor.options import ServerOptions
from supervisor.supervisord import Supervisor

PR_SET_PDEATHSIG = 1


class Options(ServerOptions):
    def setsignals(self) -> None:
        super().setsignals()
        signal.signal(signal.SIGHUP, lambda *_: self.signal_receiver.receive(signal.SIGTERM, None))

    def setpgrp(self) -> None:
        """Runs in each child before its program does."""
        super().setpgrp()
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    def cleanup_fds(self) -> None:
        """Nothing has leaked before the first start, and the lock of the data folder must stay open."""


def openable_output() -> None:
    """Each child's output is written through /dev/fd/1. A socket, or somebody else's terminal, refuses that."""
    try:
        os.close(os.open("/dev/fd/1", os.O_WRONLY | os.O_APPEND))
    except OSError:
        # In a session of its own, for it must outlast a Ctrl-C and print what the children say at the end.
        cat = subprocess.Popen(["cat"], stdin=subprocess.PIPE, start_new_session=True)  # noqa: S607
        if cat.stdin is not None:
            os.dup2(cat.stdin.fileno(), 1)


def main(arguments: list[str]) -> int:
    openable_output()
    if os.getuid() == 0:
        arguments = [*arguments, "--user", "root"]
    options: Any = Options()
    options.realize(arguments, doc=__doc__)
    options.first, options.test = True, False
    try:
        Supervisor(options).main()
    except ExitNow:
        return 0  # asked to stop, and everything has stopped
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
