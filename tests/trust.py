"""An authority of our own, which no system believes, and a certificate of this machine."""

from pathlib import Path

import pytest
import trustme


class Trust:
    """The files of both: who believes the authority believes the certificate, which has its key."""

    def __init__(self, folder: Path) -> None:
        self.authority, self.certificate = folder / "authority.pem", folder / "certificate.pem"
        signer = trustme.CA()
        signer.cert_pem.write_to_path(str(self.authority))
        signer.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
            str(self.certificate)
        )


@pytest.fixture
def trust(tmp_path: Path) -> Trust:
    return Trust(tmp_path)
