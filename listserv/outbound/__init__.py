"""Mail out: claim -> mediate -> submit -> settle. The outbox is the only way anything leaves."""
