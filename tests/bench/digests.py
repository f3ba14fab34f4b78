"""Makes the weekly digests that are due, as the tick does, and prints what that took. Run in a process of its own, so
that nothing else of the bench is counted."""

import json
import resource
import sys
import time

import django

if __name__ == "__main__":
    django.setup()

    from patients.tasks import sweep_reports

    started, used = time.monotonic(), time.process_time()
    sweep_reports()
    took = {
        "s": time.monotonic() - started,
        "processor s": time.process_time() - used,
        "MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    sys.stdout.write(json.dumps({name: round(value, 1) for name, value in took.items()}))
