"""Runs a module under a clock that a file moves: `python -m tests.processes.moved FILE MODULE [ARGUMENT …]`.

The file says by how many seconds the clock is ahead of the real one. Whoever writes it moves the clocks of all
processes that follow it, also of those that they have forked. Nothing of the product knows of this.
"""

import os
import runpy
import sys
import threading
import time
from pathlib import Path

import time_machine

LOOK_EVERY = 0.02  # seconds


class Clock:
    def __init__(self, file: Path) -> None:
        self.file, self.said = file, ""
        self.traveller = time_machine.travel(0, tick=True).start()

    def follow(self) -> None:
        """From now on, in this process and in each that it forks: threads do not outlive a fork."""
        self._obey()
        self._watch()
        os.register_at_fork(after_in_child=self._watch)

    def _watch(self) -> None:
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self) -> None:
        parent = os.getppid()
        while os.getppid() == parent:
            time.sleep(LOOK_EVERY)
            self._obey()
        os._exit(1)  # nobody is left who would end it

    def _obey(self) -> None:
        said = self.file.read_text()
        if said and said != self.said:
            self.traveller.move_to(time_machine.escape_hatch.time.time() + float(said))
            self.said = said


def main(file: str, module: str, *arguments: str) -> None:
    Clock(Path(file)).follow()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
