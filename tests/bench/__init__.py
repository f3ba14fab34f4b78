"""`make bench`: what a request costs, as a share of a bare view of the same server in the same run; and what long
work takes in seconds and memory.

Machines differ and are noisy, so no request is told in seconds alone: before each measured run the bare view
(`/livez`) is run, workers idle in between, and the median of the ratios is printed, as a share and as how many times
as dear as the bare view a request is. The second share compares the processor time of the workers, which neighbours
on the machine hardly move; what the database's own processes do is in the first one alone. Nothing is kept between
requests. Queries are counted in process. Prints a table, then the same as JSON.

The database is one of its own: SQLite in a temporary folder, or the one that DATABASE_URL names. That has to be empty,
or (`--as-it-is`) hold what `load_demo --patients` made; sessions are then posted to it. The server is the web process
as the supervisor starts it, with two workers.
"""
