import pytest

from uptally.config.single import endpoint_at
from uptally.errors import QuantityError
from uptally.model.endpoint import HttpCheck, TcpCheck


def test_a_url_is_an_endpoint_with_everything_else_by_default() -> None:
    endpoint = endpoint_at("https://www.example.com/health?full=1")
    assert endpoint.check == HttpCheck("https://www.example.com/health?full=1", "www.example.com", 443)
    assert endpoint.name == "https://www.example.com/health?full=1"
    assert (endpoint.interval_ms, endpoint.timeout_ms) == (10_000, 5_000)


def test_a_tcp_url_is_a_connection() -> None:
    assert endpoint_at("tcp://[::1]:5432").check == TcpCheck("::1", 5432)


@pytest.mark.parametrize(
    "url", ["tcp://db.example.com", "ftp://example.com/", "https://u:p@example.com/", "example.com"]
)
def test_what_is_no_url_of_an_endpoint_is_refused(url: str) -> None:
    with pytest.raises(QuantityError):
        endpoint_at(url)
