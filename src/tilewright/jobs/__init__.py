"""What was accepted is never lost and never charged twice: each step of a job, one file each."""

from tilewright.jobs.accept import (
    Acceptance,
    Accepted,
    Submission,
    accepting,
    find_idempotent,
)
from tilewright.jobs.blobs import doomed, gone, orphans
from tilewright.jobs.cancel import UNAWAITED, cancel
from tilewright.jobs.claim import claim, give_back, renew
from tilewright.jobs.delete import delete
from tilewright.jobs.deliver import (
    Delivery,
    any_due,
    delivered,
    delivery_log,
    due,
    failed,
    job_log,
)
from tilewright.jobs.expire import expire
from tilewright.jobs.finish import Completed, Failure, Outcome, finish
from tilewright.jobs.history import HistoryPage, HistoryQuery, history
from tilewright.jobs.job import LEASE_SECONDS, MOST_LOSSES, Job, Standing, State
from tilewright.jobs.lately import Lately, Reason, lately
from tilewright.jobs.look import BY_ID, STANDING, eta, eta_of_next, find, newest, position, stands
from tilewright.jobs.recover import extend_leases, recover
from tilewright.jobs.refuse import refuse
from tilewright.jobs.upload import Upload, find_upload, keep_upload
from tilewright.jobs.waiting import Queue, fail_unserved, how_many_wait, queues
from tilewright.jobs.webhooks import (
    Webhook,
    add_webhook,
    deactivate_webhook,
    list_webhooks,
    update_webhook,
)

__all__ = [
    "BY_ID",
    "LEASE_SECONDS",
    "MOST_LOSSES",
    "STANDING",
    "UNAWAITED",
    "Acceptance",
    "Accepted",
    "Completed",
    "Delivery",
    "Failure",
    "HistoryPage",
    "HistoryQuery",
    "Job",
    "Lately",
    "Outcome",
    "Queue",
    "Reason",
    "Standing",
    "State",
    "Submission",
    "Upload",
    "Webhook",
    "accepting",
    "add_webhook",
    "any_due",
    "cancel",
    "claim",
    "deactivate_webhook",
    "delete",
    "delivered",
    "delivery_log",
    "doomed",
    "due",
    "eta",
    "eta_of_next",
    "expire",
    "extend_leases",
    "fail_unserved",
    "failed",
    "find",
    "find_idempotent",
    "find_upload",
    "finish",
    "give_back",
    "gone",
    "history",
    "how_many_wait",
    "job_log",
    "keep_upload",
    "lately",
    "list_webhooks",
    "newest",
    "orphans",
    "position",
    "queues",
    "recover",
    "refuse",
    "renew",
    "stands",
    "update_webhook",
]
