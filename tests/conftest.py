"""For all tests. How long an example takes says more of the machine than of the code (see CONTRIBUTING.md), so none of
hypothesis' examples has a deadline. Ctrl-C is not ignored, as a shell has it for what it starts in the background: what
tests start would inherit that."""

from __future__ import annotations

import signal

import hypothesis

hypothesis.settings.register_profile("without deadlines", deadline=None)
hypothesis.settings.load_profile("without deadlines")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
