"""Dates and events by mail: a member proposes, a facilitator's yes publishes, what is not clear is asked back."""
