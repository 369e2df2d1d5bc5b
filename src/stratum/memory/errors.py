"""The errors of memory."""

from stratum.kernel.errors import Conflict, Disposition


class WorkTaken(Conflict):
    """Another run has claimed or done this work meanwhile."""

    code = "work_taken"
    disposition = Disposition.RETRY
