"""Verifies deliveries as a subscriber in Python does, with the package of Standard Webhooks.

Reads one delivery a line, as JSON: {"secret", "headers", "body"}. Answers each with a line: ok, or why not.
"""

import json
import sys

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

for line in sys.stdin:
    delivery = json.loads(line)
    try:
        verified = Webhook(delivery["secret"]).verify(delivery["body"], delivery["headers"])
        print("ok" if verified == json.loads(delivery["body"]) else "another body")
    except WebhookVerificationError as error:
        print(f"{type(error).__name__}: {error}")
