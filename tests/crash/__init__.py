"""kill -9 at random moments, of the server under load and of every command, on both databases.

In the suite a few; `make crash` (TIDEWAITER_KILLS=200) on each database. The seed decides what is
killed and when: `TIDEWAITER_KILL_SEED`; after TIDEWAITER_KILL_SECONDS no more are killed. A failure tells seed, moment and what was killed.
"""
