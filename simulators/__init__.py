"""Stand-ins for the outside world that speak its real protocols: sign-in, WhatsApp's Graph API, a mail server."""
