"""TLS on loopback for cloudfront.net: functions there ask the site by https, as on AWS.

OpenNext's revalidation function knows no other way. Functions are told of a proxy in their environment; it
ends TLS with a certificate of an authority made for this one state folder, and hands the request on.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DOMAIN = ".cloudfront.net"
LIFETIME = datetime.timedelta(days=3650)
CHUNK = 65536


class Authority:
    """A made-up authority and the one certificate it has signed, as files of a folder."""

    def __init__(self, folder: Path) -> None:
        self.trusted = folder / "authority.pem"
        self._served = folder / "cloudfront.pem"
        if not (self.trusted.exists() and self._served.exists()):
            folder.mkdir(mode=0o700, exist_ok=True)
            self._make()

    def context(self) -> ssl.SSLContext:
        """What a server of DOMAIN needs."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._served)
        return context

    def _make(self) -> None:
        authority, own = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        issuer, subject = (_named(text) for text in ("the local AWS", f"*{DOMAIN}"))
        root = _certificate(issuer, issuer, authority.public_key()).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        leaf = _certificate(issuer, subject, own.public_key()).add_extension(
            x509.SubjectAlternativeName([x509.DNSName(f"*{DOMAIN}")]), critical=False
        )
        key = own.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        # The authority's key is kept nowhere: it signs this one certificate.
        signed = leaf.sign(authority, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        self._served.touch(mode=0o600)
        self._served.write_bytes(key + signed)
        self.trusted.write_bytes(
            root.sign(authority, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        )


def _named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(
    issuer: x509.Name, subject: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + LIFETIME)
    )


class Proxy:
    """Takes CONNECT for DOMAIN alone, so that no function on the local AWS reaches anything else by https."""

    def __init__(self, context: ssl.SSLContext, api_port: int) -> None:
        self._context, self._api_port = context, api_port

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            method, target, *_ = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split(" ")
            if method == "CONNECT" and target.partition(":")[0].endswith(DOMAIN):
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await writer.start_tls(self._context)
                await self._join(reader, writer)
            else:
                writer.write(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
                await writer.drain()
        writer.close()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, here = await asyncio.open_connection("127.0.0.1", self._api_port)
        await asyncio.gather(_copy(reader, here), _copy(there, writer))


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(CHUNK):
            target.write(data)
            await target.drain()
    target.close()
