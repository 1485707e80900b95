"""Mail in: SMTP, LMTP (later IMAP) -> route -> parse -> decide -> apply, one transaction, then the reply."""
