"""What runs periodically: the configuration that `manage.py rqcron config.cron` loads."""

from rq import cron

from accounts.sessions import delete_expired
from billing.notices import notify
from billing.services import record_refused
from clustering.tasks import sweep, sweep_files
from journeys.weekly import send_weekly_emails

# Finds whatever waits and was not hinted at, or whose hint was lost with Redis or a worker.
cron.register(sweep, queue_name="topics", interval=10, result_ttl=0, ttl=30, failure_ttl=3600)
cron.register(sweep_files, queue_name="topics", interval=600, result_ttl=0, ttl=60)
cron.register(record_refused, queue_name="topics", interval=60, result_ttl=0, ttl=60)
# Most rounds find nothing due and ask nothing. They are frequent, so that no restart on a Monday
# costs its e-mails.
cron.register(
    send_weekly_emails, queue_name="topics", interval=60, result_ttl=0, ttl=60, job_timeout=120
)
cron.register(notify, queue_name="topics", interval=60, result_ttl=0, ttl=60, job_timeout=120)
cron.register(delete_expired, queue_name="topics", interval=3600, result_ttl=0, ttl=60)
