"""Settings turned into the arguments of the parts: the relay, the edge's limits, the certificate."""

from __future__ import annotations

import ssl

from listserv.config import Settings
from listserv.errors import ConfigError
from listserv.inbound.edge import EdgeLimits
from listserv.outbound.relay import Relay
from listserv.outbound.relay_directory import DirectoryRelay
from listserv.outbound.relay_smtp import SmtpRelay


def open_relay(settings: Settings, timeout_scale: float = 1.0) -> Relay:
    """The way out that the configuration names; nothing is connected yet. `timeout_scale` multiplies every wait."""
    relay = settings.relay
    if relay.directory is not None:
        return DirectoryRelay(relay.directory)
    return SmtpRelay(
        relay.host,
        relay.port,
        security=relay.security,
        username=relay.username,
        password=relay.password.get_secret_value(),
        helo_name=settings.site.domain,
        timeout_scale=timeout_scale,
    )


def describe_relay(settings: Settings) -> str:
    """Where mail goes, in words."""
    relay = settings.relay
    return f"copies become files in {relay.directory}" if relay.directory else f"relay {relay.host}:{relay.port}"


def edge_limits(settings: Settings) -> EdgeLimits:
    """The configured limits in the edge's words."""
    limits = settings.limits
    return EdgeLimits(
        message_octets=limits.message_octets,
        overrun_octets=limits.message_octets,
        recipients=limits.recipients,
        connections=limits.connections,
        refused_commands=limits.refused_commands,
        commands_without_message=limits.commands,
        idle_seconds=limits.idle_seconds,
        data_total_seconds=limits.data_seconds,
    )


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """The certificate clients are offered, or None. Raises ConfigError if it cannot be read."""
    smtp = settings.smtp
    if smtp.tls_certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(smtp.tls_certificate, smtp.tls_key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"smtp.tls_certificate and tls_key cannot be used: {error}") from error
    return context
