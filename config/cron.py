"""What runs periodically: the configuration that `manage.py rqcron config/cron.py` loads."""

from rq import cron

from clustering.tasks import sweep

# Finds whatever waits and was not hinted at, or whose hint was lost with Redis or a worker.
cron.register(sweep, queue_name="events", interval=10, result_ttl=0, ttl=30, failure_ttl=3600)
