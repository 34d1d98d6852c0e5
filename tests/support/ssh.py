"""A real sshd on a free port of this machine, and a home that may log in to it."""

from __future__ import annotations

import contextlib
import dataclasses
import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

START_SECONDS = 20.0


@dataclasses.dataclass(frozen=True)
class Server:
    """Where it answers, and the home folder whose key it takes."""

    port: int
    home: Path

    @property
    def host(self) -> str:
        return f"{getpass.getuser()}@127.0.0.1:{self.port}"

    @property
    def known_hosts(self) -> Path:
        return self.home / ".ssh" / "known_hosts"

    def make_known(self, key: str) -> None:
        """Writes a host key where a client looks for it."""
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {key}\n")


@contextlib.contextmanager
def server(folder: Path) -> Iterator[Server]:
    """One that serves until the block ends; its host key is known to its home."""
    program = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    assert program, "there is no sshd: apt-get install openssh-server"
    home = folder / "home"
    (home / ".ssh").mkdir(parents=True, mode=0o700)
    for key in (folder / "host", home / ".ssh" / "id_ed25519"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found = Server(free.getsockname()[1], home)
    config = folder / "sshd_config"
    config.write_text(
        f"Port {found.port}\nListenAddress 127.0.0.1\nHostKey {folder / 'host'}\nPidFile {folder / 'pid'}\n"
        f"AuthorizedKeysFile {home / '.ssh' / 'id_ed25519.pub'}\n"
        "StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\n"
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    process = subprocess.Popen([program, "-D", "-e", "-f", str(config)], stderr=subprocess.DEVNULL)
    try:
        _answers(found.port, process)
        found.make_known(public_key(folder / "host"))
        yield found
    finally:
        process.terminate()
        process.wait(10)


def public_key(private: Path) -> str:
    """Type and key, as known_hosts has them."""
    return " ".join(private.with_name(f"{private.name}.pub").read_text().split()[:2])


def _answers(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError("sshd did not start")
