"""Files of messages: fetched from WhatsApp, looked at, made fit to be shown, and handed over to be sent."""
