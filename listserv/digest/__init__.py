"""Weekly and daily digests, reminders, prompts: tick -> plan -> claim -> compose -> enqueue."""
