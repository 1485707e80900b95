"""The draft of a weekly update by mail: sent to facilitators, and what their replies make of the update.

`reading` (what a reply wishes, pure) and `inline` (words changed in the quoted draft, pure) know nothing of the rest;
`sending` puts drafts and news of them into the outbox, `answering` does what a reply wishes, `nudging` tells of
questions nobody has answered.
"""
