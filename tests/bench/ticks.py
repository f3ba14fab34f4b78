"""Does what one tick does, and prints what that took: `python -m tests.bench.ticks patients.tasks.sweep_reports`.

Run in a process of its own, so that nothing else of the bench is counted.
"""

import json
import resource
import sys
import time

import django
from django.utils.module_loading import import_string

if __name__ == "__main__":
    django.setup()
    tick = import_string(sys.argv[1])
    started, used = time.monotonic(), time.process_time()
    tick()
    took = {
        "s": time.monotonic() - started,
        "processor s": time.process_time() - used,
        "MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    sys.stdout.write(json.dumps({name: round(value, 1) for name, value in took.items()}))
